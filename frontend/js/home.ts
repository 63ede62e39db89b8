/** The first page: which call is next, all decks, and ways to new ones. */

import { HomePage } from "./home/page.ts";

const page = document.getElementById("home");
if (page) new HomePage(page).start();
