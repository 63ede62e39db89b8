/** The types of `texts.mjs`, which the build runs as it is. */

export type Catalogue = {
  texts: Record<string, Record<"en" | "de", string | string[]>>;
  problems: Record<string, Record<"de", string>>;
  editor: Record<string, Record<"de", string>>;
};

export function readCatalogue(source: string): Catalogue;
export function textsIn(catalogue: Catalogue, language: "de"): string;
