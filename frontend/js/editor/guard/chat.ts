/** Lines that people say to one another, told apart from what belongs onto a slide; English and German. */

/** Shorter ones say nothing. */
const SHORTEST = 3;
/** Longer ones are texts. */
const LONGEST = 160;
/** How many points make a line a remark: one sure sign, or two that are none by themselves. */
const ENOUGH = 2;

/** What begins a structure of Markdown; a remark is none. */
const STRUCTURE = /^\s*(?:[-*+>|#:!]|\d{1,9}[.)]\s|```|~~~|<|\[|\{|\$\$|note:|\||={2,}|https?:|www\.|report by\b)/i;

/** What slides ask their audience. */
const TO_AUDIENCE = /\b(?:questions|fragen|feedback|comments|anmerkungen|ideas|ideen|wünsche|wishes)\b[^:;]*[?!.]?$/i;

/** Signs with their points. */
const SIGNS: [points: number, sign: RegExp][] = [
  // Smileys with eyes and mouth, and faces that are no decoration.
  [2, /(?:^|\s)[:;][-o^']?[)(DPp/|]+(?=\s|[.,!?]|$)/],
  [2, /\^\^|(?:^|\s)xD(?=\s|$)|[\u{1F600}-\u{1F64F}\u{1F914}\u{1F923}\u{1F970}-\u{1F97A}]/u],
  [2, /\b(?:lol|rofl|brb|afk|haha+|hehe+|hihi+|hmm+|tbh|imho|btw)\b/i],
  [2, /^(?:hi|hey|hello|moin|hallo|servus|ups|oops|sorry|danke|thx|thanks|äh+|ok(?:ay)?|warte|wait)\b(?:[\s,!.]|$)/i],
  // To one another.
  [2, /\b(?:can|could|would|will) (?:you|someone|somebody|anyone|anybody)\b[^.]*\?/i],
  [2, /\b(?:does|did|do|has|is) (?:anyone|anybody|someone|somebody)\b/i],
  [2, /\b(?:kannst|könntest|magst|machst|hast|weißt|bist|willst|sollst) du\b/i],
  [2, /\b(?:könnt|habt|wisst|seid|wollt|macht) ihr\b/i],
  [2, /\b(?:kann|könnte|hat|weiß|mag|macht) (?:mal |das |da |hier )?(?:jemand|einer|wer)\b/i],
  [2, /\b(?:soll|sollen|muss|darf|kann) (?:ich|wir)\b[^.]*\?/i],
  [2, /^(?:should|shall) (?:i|we)\b[^.]*\?/i],
  [2, /^(?:wer|who)\b.{0,60}\b(?:hier|das|this|here|of you|von euch)\b.*\?\s*$/i],
  [2, /\b(?:who|wer) (?:wrote|deleted|changed|is editing|schreibt|hat)\b.*\b(?:this|here|my|das|hier|mein)\b/i],
  [2, /^(?:mach|schau|guck|nimm|lass|wart|schreib|lösch|stell|sag)e?t? (?:mal|bitte|doch|das|uns|mir)\b/i],
  [2, /^@\p{L}[\p{L}\p{N}_-]*[,:]?\s+\S.*(?:\?|please|bitte)/iu],
  // About oneself.
  [2, /^ich (?:denke?|glaube?|halte?|mache?|schaue?|finde?|würde?|weiß|bin|hab(?:e)?|kann|meine?|trage?|schreibe?|komme?|muss)\b/i],
  [2, /^(?:i think|i guess|i(?:'| a)?m|i'll|i'd|i will|i don'?t|i just|i can(?:'t)?|let me)\b/i],
  // What is no sign by itself.
  [1, /\?\s*$/],
  [1, /\.\.\.\s|…\s|!!+|\?\?+/],
  [1, /\b(?:ich|mir|mich|du|dir|dich|ihr|euch)\b/i],
  [1, /\b(?:i|me|guys)\b/i],
  [1, /\b(?:halt|gerade|grad|gleich|mal|eben|doch|irgendwie|vielleicht|quick(?:ly)?|maybe|just|please|bitte)\b/i],
  [1, /^(?:ja|nein|nö|jo|yes|no|nope|yep|genau|passt|stimmt|super|cool|nice)\b/i],
];

/** Whether a line is more likely said to colleagues than written for a slide. */
export function isChat(line: string): boolean {
  const text = line.trim();
  if (text.length < SHORTEST || text.length > LONGEST || STRUCTURE.test(line) || /^ {4}|^\t/.test(line)) return false;
  if (TO_AUDIENCE.test(text)) return false;
  const points = SIGNS.reduce((sum, [value, sign]) => sum + (sign.test(text) ? value : 0), 0);
  return points >= ENOUGH;
}
