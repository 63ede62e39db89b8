// Starts the render worker. A worker tells its page about errors, but not about promises that
// fail: hence the detour.
importScripts("worker.js");
wasm_bindgen({ module_or_path: "worker_bg.wasm" }).catch((error) => {
  setTimeout(() => {
    throw error;
  });
});
