/** The pages that follow a presentation and steer it from a phone; the server's HTML says which one it is. */

import { FollowPage } from "./follow/page.ts";
import { RemotePage } from "./follow/remote.ts";
import { readWords } from "./follow/words.ts";

const app = document.getElementById("app");
if (app) {
  readWords();
  if (app.dataset.kind === "remote") new RemotePage(app).start();
  else new FollowPage(app).start();
}
