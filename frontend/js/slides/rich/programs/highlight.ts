/** Colours of code, as a script of its own: highlight.js with the languages that decks are written about. */

import hljs from "highlight.js/lib/common";
import apache from "highlight.js/lib/languages/apache";
import clojure from "highlight.js/lib/languages/clojure";
import cmake from "highlight.js/lib/languages/cmake";
import dart from "highlight.js/lib/languages/dart";
import delphi from "highlight.js/lib/languages/delphi";
import django from "highlight.js/lib/languages/django";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import dos from "highlight.js/lib/languages/dos";
import elixir from "highlight.js/lib/languages/elixir";
import erlang from "highlight.js/lib/languages/erlang";
import fortran from "highlight.js/lib/languages/fortran";
import fsharp from "highlight.js/lib/languages/fsharp";
import groovy from "highlight.js/lib/languages/groovy";
import haskell from "highlight.js/lib/languages/haskell";
import http from "highlight.js/lib/languages/http";
import julia from "highlight.js/lib/languages/julia";
import latex from "highlight.js/lib/languages/latex";
import lisp from "highlight.js/lib/languages/lisp";
import matlab from "highlight.js/lib/languages/matlab";
import nginx from "highlight.js/lib/languages/nginx";
import nix from "highlight.js/lib/languages/nix";
import ocaml from "highlight.js/lib/languages/ocaml";
import powershell from "highlight.js/lib/languages/powershell";
import properties from "highlight.js/lib/languages/properties";
import protobuf from "highlight.js/lib/languages/protobuf";
import scala from "highlight.js/lib/languages/scala";
import verilog from "highlight.js/lib/languages/verilog";
import vhdl from "highlight.js/lib/languages/vhdl";

const LANGUAGES = {
  apache, clojure, cmake, dart, delphi, django, dockerfile, dos, elixir, erlang, fortran, fsharp, groovy,
  haskell, http, julia, latex, lisp, matlab, nginx, nix, ocaml, powershell, properties, protobuf, scala,
  verilog, vhdl,
};

for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);
// Close enough to be read with colours, and often written.
hljs.registerAliases(["vue", "svelte"], { languageName: "xml" });
hljs.registerAliases(["hcl", "terraform", "tf"], { languageName: "ini" });
hljs.registerAliases(["gradle"], { languageName: "groovy" });

/** The code as HTML, or `null` for a language that is not known. */
export function highlight(language: string, code: string): string | null {
  if (!hljs.getLanguage(language)) return null;
  return hljs.highlight(code, { language, ignoreIllegals: true }).value;
}
