/** The types of `texts.mjs`, which the build runs as it is. */

/** The texts of pages that the server makes. */
export type PageSection = Record<string, Record<"en" | "de", string>>;

export type Catalogue = {
  texts: Record<string, Record<"en" | "de", string | string[]>>;
  problems: Record<string, Record<"de", string>>;
  editor: Record<string, Record<"de", string>>;
  follow: PageSection;
  join: PageSection;
  minutes: PageSection;
  home: PageSection;
  dialogs: PageSection;
  call: PageSection;
};

export function readCatalogue(source: string): Catalogue;
export function textsIn(catalogue: Catalogue, language: "de"): string;
export function pageTexts(section: PageSection): Record<"en" | "de", Record<string, string>>;
export function inLanguage(template: string, language: "en" | "de", texts: Record<string, string>): string;
