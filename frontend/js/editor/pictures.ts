/** Pictures by paste, by drop and from the picker: shown beside the text until they are in it. */

import type { Extension } from "@codemirror/state";
import { Decoration, EditorView, type Command } from "@codemirror/view";
import { image } from "./marks.ts";
import { Chip } from "./pictures/chip.ts";
import { ACCEPTED, pastedPictures, picturesOf } from "./pictures/files.ts";
import { foreignPictures } from "./pictures/foreign.ts";
import { pendingField } from "./pictures/places.ts";
import { settings } from "./pictures/settings.ts";
import { look } from "./pictures/look.ts";
import { picturesAddress, uploads, uploadsOf } from "./pictures/uploads.ts";

const ADDRESS = /^https?:\/\/\S+$/i;

/** Lets the person choose pictures. Where none can be taken: a picture by its address. */
export const pickPictures: Command = (view) => {
  const { state } = view;
  if (state.readOnly) return false;
  // A selected address is the picture that is meant.
  const { from, to } = state.selection.main;
  if (!uploadsOf(view) || ADDRESS.test(state.sliceDoc(from, to).trim())) return image(view);
  const picker = document.createElement("input");
  picker.type = "file";
  picker.accept = ACCEPTED;
  picker.multiple = true;
  picker.hidden = true;
  picker.onchange = () => {
    uploadsOf(view)?.add([...(picker.files ?? [])], view.state.selection.main.to);
    picker.remove();
    view.focus();
  };
  picker.oncancel = () => {
    picker.remove();
    view.focus();
  };
  // Some browsers open only what is in the page.
  view.dom.append(picker);
  picker.click();
  return true;
};

const chips = EditorView.decorations.compute([pendingField], (state) => Decoration.set(
  state.field(pendingField).map(({ id, name, to, progress }) =>
    Decoration.widget({ widget: new Chip(id, name, progress), side: -1 }).range(to)),
  true,
));

const hands = EditorView.domEventHandlers({
  paste(event, view) {
    const pictures = pastedPictures(event.clipboardData);
    if (pictures.length === 0) return false;
    return take(view, pictures, null);
  },
  dragover(event, view) {
    if (!hasFiles(event.dataTransfer)) return false;
    // Without this the browser would leave the page for the file.
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = uploadsOf(view) ? "copy" : "none";
    return false;
  },
  drop(event, view) {
    const pictures = picturesOf(event.dataTransfer);
    if (view.state.readOnly && hasFiles(event.dataTransfer)) event.preventDefault();
    if (pictures.length === 0) return false;
    event.preventDefault();
    return take(view, pictures, view.posAtCoords({ x: event.clientX, y: event.clientY }, false));
  },
});

/** Takes pictures in at a place, or behind what is selected. */
function take(view: EditorView, pictures: File[], at: number | null): boolean {
  const taken = uploadsOf(view);
  if (!taken) return false;
  // What is selected stays: a picture that does not arrive must not have cost any text.
  const place = at ?? view.state.selection.main.to;
  view.dispatch({ selection: { anchor: place }, userEvent: "select" });
  taken.add(pictures, place);
  view.focus();
  return true;
}

function hasFiles(data: DataTransfer | null): boolean {
  return data?.types.includes("Files") ?? false;
}

/** Pictures for the deck whose pictures are at `address`. */
export function pictures(address: string): Extension {
  return [picturesAddress.of(address), pendingField, chips, uploads, hands, settings, foreignPictures, look];
}
