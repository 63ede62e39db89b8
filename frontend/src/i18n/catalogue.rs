//! Every text in every language, side by side. English is part of the program; of the others the build
//! makes files that a page loads when it needs them (`frontend/js/texts.mjs` reads this file).
//!
//! A new text is one new line. `{0}`, `{1}` stand for values; two texts in parentheses are for one thing
//! and for several. Texts are plain string literals, with no escapes but `\"` and `\\`.

catalogue! {
    texts {
        saved { en: "Saved", de: "Gespeichert" }
        saving { en: "Saving…", de: "Speichert…" }
        connecting { en: "Connecting…", de: "Verbindet…" }
        offline { en: "Offline", de: "Offline" }
        offline_text { en: "Offline.", de: "Offline." }
        reconnecting { en: "Reconnecting…", de: "Verbindet neu…" }
        next_try {
            en: "Reconnecting… (next try {0} s)",
            de: "Verbindet neu… (nächster Versuch {0} s)",
        }
        try_now { en: "Try now", de: "Jetzt versuchen" }
        copy_text { en: "Copy my text", de: "Meinen Text kopieren" }
        copied_text {
            en: "Your text is on the clipboard",
            de: "Ihr Text ist in der Zwischenablage",
        }
        refused { en: "Disconnected", de: "Getrennt" }
        refused_text {
            en: "The server does not take this connection any more.",
            de: "Der Server nimmt diese Verbindung nicht mehr an.",
        }
        deck_deleted { en: "This deck was deleted.", de: "Dieses Deck wurde gelöscht." }
        restore { en: "Restore", de: "Wiederherstellen" }
        full { en: "Not saving", de: "Speichert nicht" }
        read_only { en: "Read only", de: "Nur lesen" }
        offline_unkept {
            en: "Offline and this browser can't store edits. Keep this tab open.",
            de: "Offline, und dieser Browser kann Änderungen nicht aufbewahren. Lassen Sie diesen Tab offen.",
        }
        server_full {
            en: "The server can't store edits right now.",
            de: "Der Server kann gerade keine Änderungen speichern.",
        }
        server_full_unkept {
            en: "Neither the server nor this browser can store edits right now. Keep this tab open.",
            de: "Weder der Server noch dieser Browser kann gerade Änderungen speichern. Lassen Sie diesen Tab offen.",
        }
        room_full { en: "This deck is full right now.", de: "Dieses Deck ist gerade voll." }
        room_full_unkept {
            en: "This deck is full right now and this browser can't store edits. Keep this tab open.",
            de: "Dieses Deck ist gerade voll, und dieser Browser kann Änderungen nicht aufbewahren. Lassen Sie diesen Tab offen.",
        }
        too_long {
            en: "This deck is longer than the server takes. Shorten it, then try again.",
            de: "Dieses Deck ist länger, als der Server annimmt. Kürzen Sie es und versuchen Sie es dann noch einmal.",
        }
        edits_refused {
            en: "The server does not take your unsent edits.",
            de: "Der Server nimmt Ihre nicht gesendeten Änderungen nicht an.",
        }
        discard { en: "Discard them and reload", de: "Verwerfen und neu laden" }
        trying_again { en: "Trying again in {0} s", de: "Nächster Versuch in {0} s" }
        lost_access {
            en: "You can no longer edit this deck.",
            de: "Sie können dieses Deck nicht mehr bearbeiten.",
        }
        download_unsent {
            en: "Download your unsent edits",
            de: "Nicht gesendete Änderungen herunterladen",
        }
        replaced_text {
            en: "This deck was restored from a backup.",
            de: "Dieses Deck wurde aus einer Sicherung wiederhergestellt.",
        }
        download_before {
            en: "Download the text as it was here",
            de: "Den Text herunterladen, wie er hier war",
        }
        newer { en: "A new version is ready.", de: "Eine neue Version ist bereit." }
        edits_kept { en: "Your edits are kept.", de: "Ihre Änderungen bleiben erhalten." }
        show_changes { en: "Show changes", de: "Änderungen zeigen" }
        reload { en: "Reload", de: "Neu laden" }
        decks { en: "Decks", de: "Decks" }
        all_decks { en: "All decks", de: "Alle Decks" }
        new_deck { en: "New deck", de: "Neues Deck" }
        import { en: "Import .md", de: "Import .md" }
        drop_hint {
            en: "Drop a Markdown file anywhere on this page to import it.",
            de: "Legen Sie eine Markdown-Datei irgendwo auf dieser Seite ab, um sie zu importieren.",
        }
        no_decks {
            en: "No decks yet. Start from the community-call template, or paste Markdown.",
            de: "Noch keine Decks. Beginnen Sie mit der Vorlage für einen Community-Call oder fügen Sie Markdown ein.",
        }
        from_template { en: "Community-call template", de: "Vorlage Community-Call" }
        unreachable { en: "Can't reach the server.", de: "Der Server ist nicht erreichbar." }
        try_again { en: "Try again", de: "Erneut versuchen" }
        not_made { en: "The deck was not made. {0}", de: "Das Deck wurde nicht angelegt. {0}" }
        not_readable {
            en: "{0} can't be read as text of up to 4 MB",
            de: "{0} ist kein lesbarer Text bis 4 MB",
        }
        deleted { en: "“{0}” is in the bin", de: "„{0}“ ist im Papierkorb" }
        not_deleted {
            en: "The deck was not deleted. {0}",
            de: "Das Deck wurde nicht gelöscht. {0}",
        }
        not_restored {
            en: "The deck could not be taken back",
            de: "Das Deck konnte nicht zurückgeholt werden",
        }
        undo { en: "Undo", de: "Rückgängig" }
        delete { en: "Delete", de: "Löschen" }
        export { en: "Export .md", de: "Export .md" }
        start_with { en: "Start with", de: "Beginnen mit" }
        blank { en: "Blank", de: "Leer" }
        blank_hint { en: "One slide with the title", de: "Eine Folie mit dem Titel" }
        template { en: "Community call", de: "Community-Call" }
        template_hint {
            en: "Agenda, one section per team, prompts",
            de: "Agenda, ein Abschnitt je Team, Stichworte",
        }
        paste { en: "Paste Markdown", de: "Markdown einfügen" }
        paste_hint {
            en: "A deck from HedgeDoc, HackMD or elsewhere",
            de: "Ein Deck aus HedgeDoc, HackMD oder anderswoher",
        }
        title { en: "Title", de: "Titel" }
        untitled { en: "Untitled", de: "Ohne Titel" }
        create { en: "Create", de: "Anlegen" }
        cancel { en: "Cancel", de: "Abbrechen" }
        save { en: "Save", de: "Speichern" }
        close { en: "Close", de: "Schließen" }
        no_deck { en: "There is no such deck", de: "Dieses Deck gibt es nicht" }
        no_deck_text {
            en: "It may have been deleted, or the link is incomplete.",
            de: "Vielleicht wurde es gelöscht, oder der Link ist unvollständig.",
        }
        source { en: "Source", de: "Quelltext" }
        placeholder { en: "# Title of the first slide", de: "# Titel der ersten Folie" }
        editor_failed {
            en: "The editor could not be loaded.",
            de: "Der Editor konnte nicht geladen werden.",
        }
        preview { en: "Preview", de: "Vorschau" }
        slides { en: "Slides", de: "Folien" }
        outline { en: "Outline", de: "Gliederung" }
        view { en: "View", de: "Ansicht" }
        mode_edit { en: "Edit", de: "Text" }
        mode_both { en: "Both", de: "Beides" }
        mode_show { en: "Show", de: "Folien" }
        tab_write { en: "Write", de: "Schreiben" }
        tab_slide { en: "Slide", de: "Folie" }
        splitter { en: "Width of the source", de: "Breite des Quelltexts" }
        pin { en: "Keep this slide", de: "Diese Folie festhalten" }
        back_to_cursor { en: "Back to my cursor", de: "Zurück zu meinem Cursor" }
        previous_slide { en: "Previous slide", de: "Vorherige Folie" }
        next_slide { en: "Next slide", de: "Nächste Folie" }
        slide_of { en: "Slide {0} of {1}", de: "Folie {0} von {1}" }
        slide_short { en: "Slide {0}/{1}", de: "Folie {0}/{1}" }
        line_short { en: "Ln {0}", de: "Z. {0}" }
        people { en: "People", de: "Personen" }
        guest { en: "Guest", de: "Gast" }
        you_are { en: "You're {0}", de: "Sie sind {0}" }
        your_name { en: "your name", de: "Ihr Name" }
        color { en: "Colour", de: "Farbe" }
        go_to_person { en: "Go to {0}", de: "Zu {0} gehen" }
        follow_link { en: "Follow link", de: "Publikumslink" }
        copy_follow { en: "Copy the link for the audience", de: "Link für das Publikum kopieren" }
        copied_link { en: "The link is on the clipboard", de: "Der Link ist in der Zwischenablage" }
        present { en: "Present", de: "Präsentieren" }
        back_to_deck { en: "Back to the deck", de: "Zurück zum Deck" }
        current_slide { en: "Current slide", de: "Aktuelle Folie" }
        notes { en: "Notes", de: "Notizen" }
        no_notes { en: "No notes for this slide", de: "Keine Notizen zu dieser Folie" }
        end_of_deck { en: "End of the deck", de: "Ende des Decks" }
        clock { en: "Time", de: "Uhrzeit" }
        elapsed { en: "Elapsed", de: "Vergangen" }
        live { en: "LIVE", de: "LIVE" }
        not_live { en: "NOT LIVE", de: "NICHT LIVE" }
        not_connected { en: "NOT CONNECTED", de: "NICHT VERBUNDEN" }
        is_presenting { en: "{0} is presenting", de: "{0} präsentiert" }
        nobody_presents { en: "You are not presenting", de: "Sie präsentieren nicht" }
        take_over { en: "Take over", de: "Übernehmen" }
        start { en: "Start presenting", de: "Präsentation starten" }
        controls { en: "Presentation", de: "Präsentation" }
        previous { en: "Previous", de: "Zurück" }
        next { en: "Next", de: "Weiter" }
        blackout { en: "Blackout", de: "Verdunkeln" }
        screens_dark { en: "Screens are dark", de: "Bildschirme sind dunkel" }
        audience_link { en: "Audience link", de: "Publikumslink" }
        fullscreen { en: "Full screen", de: "Vollbild" }
        end { en: "End", de: "Beenden" }
        waiting { en: "Waiting for presenter", de: "Wartet auf Vortragende" }
        following { en: "Following", de: "Folgt" }
        roaming { en: "Looking around", de: "Sieht sich um" }
        presenter_at { en: "Presenter: {0}", de: "Vortrag: {0}" }
        return_key { en: "Return (R)", de: "Zurück (R)" }
        bold { en: "Bold", de: "Fett" }
        italic { en: "Italic", de: "Kursiv" }
        strike { en: "Strikethrough", de: "Durchgestrichen" }
        code { en: "Code", de: "Code" }
        heading { en: "Heading", de: "Überschrift" }
        bullets { en: "Bullet list", de: "Aufzählung" }
        numbers { en: "Numbered list", de: "Nummerierte Liste" }
        task { en: "Task list", de: "Aufgabenliste" }
        link { en: "Link", de: "Link" }
        image { en: "Image", de: "Bild" }
        table { en: "Table", de: "Tabelle" }
        new_slide { en: "New slide", de: "Neue Folie" }
        new_section { en: "New section", de: "Neuer Abschnitt" }
        quote { en: "Quote", de: "Zitat" }
        redo { en: "Redo", de: "Wiederholen" }
        find { en: "Find and replace", de: "Suchen und ersetzen" }
        previous_problem { en: "Previous problem", de: "Voriges Problem" }
        next_problem { en: "Next problem", de: "Nächstes Problem" }
        fix { en: "Fix", de: "Beheben" }
        fix_here { en: "Fix the problem here", de: "Problem hier beheben" }
        formatting { en: "Formatting", de: "Formatierung" }
        more { en: "More", de: "Mehr" }
        error { en: "Error", de: "Fehler" }
        warning { en: "Warning", de: "Warnung" }
        info { en: "Note", de: "Hinweis" }
        slide_overflow {
            en: "This slide does not fit, even with the smallest text",
            de: "Diese Folie passt auch mit der kleinsten Schrift nicht",
        }
        slide_menu { en: "Slide menu", de: "Folienmenü" }
        rename { en: "Rename", de: "Umbenennen" }
        new_slide_after { en: "New slide after this one", de: "Neue Folie dahinter" }
        duplicate { en: "Duplicate", de: "Duplizieren" }
        move_up { en: "Move up", de: "Nach oben" }
        move_down { en: "Move down", de: "Nach unten" }
        move_to { en: "Move to…", de: "Verschieben nach…" }
        delete_slide { en: "Delete slide", de: "Folie löschen" }
        slide_deleted { en: "Slide deleted.", de: "Folie gelöscht." }
        at_the_start { en: "At the start", de: "An den Anfang" }
        after_slide { en: "After {0}", de: "Hinter {0}" }
        pinned { en: "Pinned", de: "Festgehalten" }
        palette { en: "Commands and search", de: "Befehle und Suche" }
        palette_hint {
            en: "Command, slide, person, problem or deck",
            de: "Befehl, Folie, Person, Problem oder Deck",
        }
        nothing_found { en: "Nothing found", de: "Nichts gefunden" }
        command { en: "Command", de: "Befehl" }
        person { en: "Person", de: "Person" }
        problem { en: "Problem", de: "Problem" }
        deck { en: "Deck", de: "Deck" }
        already_saved { en: "Already saved", de: "Schon gespeichert" }
        slide_settings { en: "Slide settings", de: "Folieneinstellungen" }
        background_color { en: "Background colour", de: "Hintergrundfarbe" }
        background_image { en: "Background image", de: "Hintergrundbild" }
        transition { en: "Transition", de: "Übergang" }
        as_the_deck { en: "As the deck", de: "Wie das Deck" }
        css_class { en: "CSS class", de: "CSS-Klasse" }
        hidden_slide { en: "Leave out of the show", de: "Beim Vorführen auslassen" }
        fit_off { en: "Keep the size of the text", de: "Schriftgröße nicht anpassen" }
        kept_here {
            en: ("Your edits are safe on this device ({0} waiting).", "Your edits are safe on this device ({0} waiting)."),
            de: ("Ihre Änderungen sind auf diesem Gerät sicher ({0} wartet).", "Ihre Änderungen sind auf diesem Gerät sicher ({0} warten)."),
        }
        carried_over {
            en: ("Your {0} unsent edit was carried over.", "Your {0} unsent edits were carried over."),
            de: ("Ihre {0} nicht gesendete Änderung wurde übernommen.", "Ihre {0} nicht gesendeten Änderungen wurden übernommen."),
        }
        merged_sent {
            en: ("Back online. {0} edit sent.", "Back online. {0} edits sent."),
            de: ("Wieder online. {0} Änderung gesendet.", "Wieder online. {0} Änderungen gesendet."),
        }
        merged_both {
            en: ("Back online. {0} edit sent, {1} from others merged.", "Back online. {0} edits sent, {1} from others merged."),
            de: ("Wieder online. {0} Änderung gesendet, {1} von anderen übernommen.", "Wieder online. {0} Änderungen gesendet, {1} von anderen übernommen."),
        }
        problems { en: ("{0} problem", "{0} problems"), de: ("{0} Problem", "{0} Probleme") }
        others_here {
            en: ("{0} other person is here", "{0} other people are here"),
            de: ("{0} weitere Person ist hier", "{0} weitere Personen sind hier"),
        }
        following_count { en: ("{0} following", "{0} following"), de: ("{0} folgt", "{0} folgen") }
    }

    // What is wrong in a deck: `deck` says it in English, under these codes.
    problems {
        "bad-yaml" { de: "Diese Zeile der Einstellungen ist nicht lesbar: {0}" }
        "front-matter-after-blank" {
            de: "Wegen der Leerzeilen darüber übersehen andere Programme diese Einstellungen",
        }
        "front-matter-unclosed" { de: "Die Einstellungen enden nicht mit `---`" }
        "front-matter-too-long" {
            de: "Die Einstellungen sind länger als 8 kB und werden nicht gelesen",
        }
        "option-dropped" { de: "`{0}` ist keine Einstellung für Folien und bewirkt nichts" }
        "option-rtl" { de: "Statt `rtl` in `slideOptions` gilt `dir: rtl` außerhalb davon" }
        "option-shape" { de: "`{0}` braucht einen einzelnen Wert" }
        "options-shape" { de: "`slideOptions` ist eine Liste eingerückter Zeilen `Name: Wert`" }
        "theme-unknown" { de: "Ein Theme `{0}` gibt es nicht; es gibt {1}" }
        "setext-separator" { de: "`{0}` braucht eine Leerzeile darüber, um eine Folie zu beginnen" }
        "separator-no-blank-after" {
            de: "`{0}` braucht eine Leerzeile darunter, um eine Folie zu beginnen",
        }
        "separator-indented" { de: "`{0}` hinter Leerzeichen ist eine Linie, keine neue Folie" }
        "separator-too-long" { de: "`{0}` ist eine Linie; `---` oder `----` beginnt eine Folie" }
        "separator-in-fence" { de: "Ein Trenner in einem Codeblock ist Code, keine neue Folie" }
        "rule-not-separator" { de: "`{0}` ist eine Linie, keine neue Folie" }
        "fence-unclosed" {
            de: "Dieser Codeblock endet nicht, alles darunter ist Code; `{0}` beendet ihn",
        }
        "comment-unclosed" { de: "Dieser Kommentar endet nicht mit `-->`" }
        "attribute-dropped" { de: "`{0}` lässt sich nicht durch einen Kommentar setzen" }
        "css-declaration" { de: "`{0}` ist kein gültiges CSS und bewirkt nichts; richtig: `{1}`" }
        "image-alt" { de: "Diesem Bild fehlt ein Text für die, die es nicht sehen" }
        "slide-empty" { de: "Diese Folie zeigt nichts; füllen oder entfernen Sie sie" }
        "template-residue" { de: "`{0}` ist wohl von einer Vorlage übrig geblieben" }
        "section-repeated" {
            de: "Noch ein Abschnitt heißt `{0}`; vereinen Sie beide oder benennen Sie einen um",
        }
    }

    // The words of the editor; its English is its own (`frontend/js/editor/words.ts`).
    editor {
        error { de: "Fehler" }
        warning { de: "Warnung" }
        info { de: "Hinweis" }
        noProblems { de: "Keine Probleme" }
        find { de: "Suchen" }
        replace { de: "Ersetzen" }
        next { de: "weiter" }
        previous { de: "zurück" }
        all { de: "alle" }
        matchCase { de: "Groß/klein" }
        regexp { de: "Regexp" }
        byWord { de: "ganze Wörter" }
        replaceOne { de: "ersetzen" }
        replaceAll { de: "alle ersetzen" }
        close { de: "schließen" }
        currentMatch { de: "aktueller Treffer" }
        onLine { de: "in Zeile" }
        replacedMatch { de: "Treffer in Zeile $ ersetzt" }
        replacedMatches { de: "$ Treffer ersetzt" }
        goToLine { de: "Zu Zeile" }
        completions { de: "Vorschläge" }
        selectionDeleted { de: "Auswahl gelöscht" }
        controlCharacter { de: "Steuerzeichen" }
        altText { de: "Beschreibung" }
        linkText { de: "Text" }
        column { de: "Spalte" }
        cell { de: "Zelle" }
    }
}
