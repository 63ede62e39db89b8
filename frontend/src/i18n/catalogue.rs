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
        all_decks { en: "All decks", de: "Alle Decks" }
        unreachable { en: "Can't reach the server.", de: "Der Server ist nicht erreichbar." }
        not_restored {
            en: "The deck could not be taken back",
            de: "Das Deck konnte nicht zurückgeholt werden",
        }
        undo { en: "Undo", de: "Rückgängig" }
        untitled { en: "Untitled", de: "Ohne Titel" }
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
        board { en: "Board", de: "Board" }
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
        fix_keep { en: "Keep", de: "Behalten" }
        fix_drop { en: "Drop", de: "Weglassen" }
        fix_to_notes { en: "Move it to the notes", de: "In die Notizen" }
        fix_remove { en: "Remove it", de: "Entfernen" }
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

        // The presenter's page.
        held { en: "HELD", de: "ANGEHALTEN" }
        hold { en: "Hold", de: "Anhalten" }
        hold_hint {
            en: "Edits stay hidden from the audience until you release them",
            de: "Änderungen bleiben dem Publikum verborgen, bis Sie sie freigeben",
        }
        release { en: "Release", de: "Freigeben" }
        held_edits { en: ("{0} edit held —", "{0} edits held —"), de: ("{0} Änderung angehalten –", "{0} Änderungen angehalten –") }
        editing_slide { en: ("{0} is editing this slide", "{0} are editing this slide"), de: ("{0} bearbeitet diese Folie", "{0} bearbeiten diese Folie") }
        roaming_count { en: ("{0} roaming", "{0} roaming"), de: ("{0} schaut sich um", "{0} schauen sich um") }
        next_step { en: "Next step", de: "Nächster Schritt" }
        notes_larger { en: "Larger notes", de: "Notizen größer" }
        notes_smaller { en: "Smaller notes", de: "Notizen kleiner" }
        agenda { en: "Agenda", de: "Ablauf" }
        presented { en: "Done", de: "Erledigt" }
        ends_at { en: "Ends", de: "Ende" }
        overview { en: "Overview", de: "Übersicht" }
        baton { en: "Baton", de: "Stab" }
        hand_over { en: "Hand over to {0}", de: "An {0} übergeben" }
        nobody_here { en: "Nobody else is here", de: "Sonst ist niemand hier" }
        offered_to { en: "Offered to {0}", de: "{0} angeboten" }
        take_back { en: "Take back", de: "Zurückholen" }
        took_it { en: "{0} took it", de: "{0} hat übernommen" }
        lost_connection {
            en: "{0} lost the connection",
            de: "{0} hat die Verbindung verloren",
        }
        your_turn { en: "Your turn: {0}", de: "Du bist dran: {0}" }
        take_baton { en: "Take the baton", de: "Übernehmen" }
        seconds_left { en: "({0} s)", de: "({0} s)" }
        slide_removed { en: "Slide removed by {0}", de: "{0} hat die Folie entfernt" }
        keys { en: "Keys", de: "Tasten" }

        // Who may do what.
        share { en: "Share", de: "Teilen" }
        not_loaded {
            en: "That could not be loaded. Try again.",
            de: "Das ließ sich nicht laden. Versuchen Sie es noch einmal.",
        }
        sign_in { en: "Sign in", de: "Anmelden" }
        sign_out { en: "Sign out", de: "Abmelden" }
        no_access { en: "You have no access to this deck", de: "Sie haben keinen Zugang zu diesem Deck" }
        no_access_text {
            en: "Ask one of its owners to share it with you.",
            de: "Bitten Sie eine der Personen, denen es gehört, es mit Ihnen zu teilen.",
        }
        not_presenting { en: "You can't present this deck", de: "Sie können dieses Deck nicht präsentieren" }
        not_presenting_text {
            en: "Its owners can send you a link to present, or make you an editor.",
            de: "Die Personen, denen es gehört, können Ihnen einen Link zum Präsentieren schicken oder Sie zum Bearbeiten einladen.",
        }
        reads_now {
            en: "From now on you can only read this deck",
            de: "Ab jetzt können Sie dieses Deck nur noch lesen",
        }
        writes_again { en: "You can write in this deck", de: "Sie können in diesem Deck schreiben" }

        // Pictures in the editor.
        image_address { en: "Image by its address", de: "Bild über seine Adresse" }
        picture_settings { en: "Picture settings", de: "Bildeinstellungen" }
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
        "minutes-value" { de: "`{0}` braucht eine Zahl von Minuten, mehr als 0 und höchstens 600" }
        "minutes-section" { de: "Kein Abschnitt heißt `{0}`" }
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
        "image-elsewhere" {
            de: "Dieses Bild kommt jedes Mal von anderswo: Es kann verschwinden, und der fremde Server sieht, wer zuschaut: {0}",
        }
        "slide-empty" { de: "Diese Folie zeigt nichts; füllen oder entfernen Sie sie" }
        "template-residue" { de: "`{0}` ist wohl von einer Vorlage übrig geblieben" }
        "section-repeated" {
            de: "Noch ein Abschnitt heißt `{0}`; vereinen Sie beide oder benennen Sie einen um",
        }
        "stray-text" { de: "Das klingt nach einer Unterhaltung, und das Publikum sieht es: {0}" }
        "spliced-url" { de: "Hier ist wohl eine Adresse mitten in anderen Text geraten: `{0}`" }
        "wrong-slide" { de: "Das steht auch in `{0}` und passt dort besser" }
        "date-mismatch" { de: "`{0}` ist nicht das Datum des Calls, {1}" }
        "carried" { de: "Vom Call am {0} übernommen: behalten oder entfernen?" }
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
        picture { de: "Bild" }
        adding { de: "$ wird hinzugefügt" }
        cancel { de: "Abbrechen" }
        retry { de: "Erneut versuchen" }
        dismiss { de: "Verwerfen" }
        pictureAdded { de: "Bild hinzugefügt" }
        pictureDescribe { de: "Tab beschreibt es" }
        pictureFailed { de: "Das Bild hat den Server nicht erreicht" }
        pictureReadOnly { de: "Sie können dieses Deck nicht mehr bearbeiten" }
        pictureLarge { de: "Dieses Bild ist größer als 10 MB. Verkleinern Sie es zuerst" }
        pictureSvg { de: "SVG-Bilder lassen sich nicht hinzufügen. Speichern Sie es zuerst als PNG" }
        pictureHeic {
            de: "Dieser Browser kann HEIC-Fotos nicht lesen. Speichern Sie es zuerst als JPEG; iPhones tun das mit Einstellungen, Kamera, Formate, Maximale Kompatibilität",
        }
        pictureKind { de: "Das ist kein Bild. Möglich sind PNG, JPEG, GIF und WebP" }
        pictureSettings { de: "Bildeinstellungen" }
        alt { de: "Alternativtext" }
        altHint { de: "Was es zeigt, für alle, die es nicht sehen" }
        decorative { de: "Schmuckbild: nichts dazu zu sagen" }
        size { de: "Größe" }
        sizeAuto { de: "Wie es ist" }
        sizeSmall { de: "Klein" }
        sizeMedium { de: "Mittel" }
        sizeFull { de: "Voll" }
        width { de: "Breite" }
        done { de: "Fertig" }
        pictureForeign {
            de: "Dieses Bild gehört zu einem anderen Deck; das Publikum von diesem kann es nicht sehen",
        }
        bringIn { de: "In dieses Deck holen" }
        prompt { de: "Platzhalter" }
        carried { de: "übernommen vom $" }
        keep { de: "Behalten" }
        drop { de: "Weglassen" }
        strayElsewhere { de: "Sie schreiben gerade in $ – hier richtig?" }
        straySplice { de: "Das zerteilt `$` – hier richtig?" }
        strayChat { de: "Das sieht nach Chat aus, und das Publikum würde es sehen – hier richtig?" }
        strayUndoOne { de: "Änderung zurücknehmen" }
        strayUndo { de: "$ Änderungen zurücknehmen" }
        strayMove { de: "In meinen Abschnitt" }
        strayDiscuss { de: "In die Diskussion" }
        strayBelongs { de: "Gehört hierher" }
        strayNote { de: "Frage zu Ihren Änderungen" }
    }

    // The pages of the audience and of the presenter's phone, which are no part of the program.
    follow {
        waiting { en: "Waiting for presenter", de: "Wartet auf den Vortrag" }
        following { en: "Following", de: "Folgt dem Vortrag" }
        roaming { en: "Looking around", de: "Sieht sich um" }
        paused { en: "Paused", de: "Pause" }
        away { en: "Waiting for presenter", de: "Wartet auf den Vortrag" }
        ended { en: "The presentation has ended", de: "Die Präsentation ist zu Ende" }
        link_ended { en: "This link has ended", de: "Dieser Link gilt nicht mehr" }
        reconnecting { en: "Reconnecting…", de: "Verbindet neu…" }
        presenter_at { en: "Presenter: {0}", de: "Vortrag: {0}" }
        return_key { en: "Return (R)", de: "Zurück (R)" }
        slides { en: "Slides", de: "Folien" }
        slide_of { en: "Slide {0} of {1}", de: "Folie {0} von {1}" }
        jump { en: "Slide number or word", de: "Foliennummer oder Wort" }
        bar { en: "Presentation", de: "Präsentation" }
        text_view { en: "Read as text (T)", de: "Als Text lesen (T)" }
        slides_view { en: "Show the slides (T)", de: "Folien zeigen (T)" }
        text_size { en: "Larger text", de: "Größere Schrift" }
        fullscreen { en: "Full screen (F)", de: "Vollbild (F)" }
        keys { en: "Keys (?)", de: "Tasten (?)" }
        keys_title { en: "Keys", de: "Tasten" }
        close { en: "Close", de: "Schließen" }
        single_keys { en: "Single-key shortcuts", de: "Tastenkürzel aus einer Taste" }
        key_move { en: "Look around", de: "Umsehen" }
        key_step { en: "Next and previous step", de: "Schritt vor und zurück" }
        key_skip { en: "Skip the steps of a slide", de: "Schritte einer Folie überspringen" }
        key_ends { en: "To the first and last slide", de: "Zur ersten und letzten Folie" }
        key_overview { en: "Overview", de: "Übersicht" }
        key_jump { en: "Jump to a slide", de: "Zu einer Folie springen" }
        key_return { en: "Return to the presenter", de: "Zurück zum Vortrag" }
        key_text { en: "Read as text", de: "Als Text lesen" }
        key_full { en: "Full screen", de: "Vollbild" }
        to_current { en: "To the current slide", de: "Zur aktuellen Folie" }
        no_script {
            en: "With JavaScript this page follows the presenter. Without it, reload to see where they are.",
            de: "Mit JavaScript folgt diese Seite dem Vortrag. Ohne zeigt sie nach dem Neuladen, wo er ist.",
        }
        next { en: "Next", de: "Weiter" }
        previous { en: "Previous", de: "Zurück" }
        notes { en: "Notes", de: "Notizen" }
        no_notes { en: "No notes for this slide", de: "Keine Notizen zu dieser Folie" }
        end_of_deck { en: "End of the deck", de: "Ende des Decks" }
        blackout { en: "Blackout", de: "Verdunkeln" }
        screens_dark { en: "Screens are dark", de: "Bildschirme sind dunkel" }
        drives { en: "{0} is presenting", de: "{0} präsentiert" }
        nobody_presents { en: "Nobody is presenting", de: "Niemand präsentiert gerade" }
        unreachable { en: "The presenter's page is not open", de: "Die Seite der Vortragenden ist nicht offen" }
        not_sent { en: "Not sent. {0}", de: "Nicht gesendet. {0}" }

        // Questions and attendance
        ask { en: "Ask", de: "Fragen" }
        ask_count { en: "answered: {0}", de: "beantwortet: {0}" }
        ask_title { en: "Ask a question", de: "Eine Frage stellen" }
        ask_about { en: "About slide {0}", de: "Zu Folie {0}" }
        ask_text { en: "Your question", de: "Ihre Frage" }
        ask_keys { en: "Enter sends, Shift+Enter begins a new line", de: "Enter sendet, Umschalt+Enter beginnt eine neue Zeile" }
        ask_name { en: "Your name (if you like)", de: "Ihr Name (wenn Sie möchten)" }
        ask_private { en: "The audience does not see it, only those who have the deck.", de: "Das Publikum sieht sie nicht, nur wer das Deck hat." }
        ask_send { en: "Send", de: "Senden" }
        ask_sent { en: "Your question was sent", de: "Ihre Frage wurde gesendet" }
        ask_own { en: "Your questions", de: "Ihre Fragen" }
        ask_waiting { en: "not answered yet", de: "noch nicht beantwortet" }
        ask_answered { en: "answered", de: "beantwortet" }
        ask_there { en: "I'm here", de: "Ich bin dabei" }
        ask_there_hint { en: "Puts your name into the minutes, if you want that.", de: "Setzt Ihren Namen ins Protokoll, wenn Sie das möchten." }
        ask_there_as { en: "You are in the minutes as {0}.", de: "Sie stehen als {0} im Protokoll." }
        ask_is_there { en: "You are on the list", de: "Sie stehen auf der Liste" }
        ask_is_gone { en: "You are off the list", de: "Sie stehen nicht mehr auf der Liste" }
        ask_name_first { en: "Say your name first", de: "Nennen Sie zuerst Ihren Namen" }
        ask_unreachable { en: "Not sent: no connection. What you wrote stays here.", de: "Nicht gesendet: keine Verbindung. Ihr Text bleibt hier." }
        ask_full { en: "There are no more questions to be taken here", de: "Hier werden keine weiteren Fragen angenommen" }
        ask_too_long { en: "That is too long", de: "Das ist zu lang" }
        ask_too_fast { en: "Too many at once; try again in a moment", de: "Zu viele auf einmal, versuchen Sie es gleich noch einmal" }
        ask_refused { en: "The server does not take this", de: "Der Server nimmt das nicht an" }
    }

    // The minutes of a call, which the server writes.
    minutes {
        title { en: "Minutes: {0}", de: "Protokoll: {0}" }
        took { en: "{0} min", de: "{0} Min." }
        attendance { en: "Attendance ({0})", de: "Anwesend ({0})" }
        sections { en: "Sections", de: "Abschnitte" }
        section { en: "Section", de: "Abschnitt" }
        reporter { en: "Reporter", de: "Bericht von" }
        planned { en: "Planned", de: "Geplant" }
        actual { en: "Actual", de: "Gedauert" }
        untitled { en: "Untitled", de: "Ohne Titel" }
        no_report { en: "no report", de: "kein Bericht" }
        notes { en: "Notes", de: "Notizen" }
        removed { en: "{0} (slide removed)", de: "{0} (Folie entfernt)" }
        guest { en: "Guest", de: "Gast" }
        questions { en: "Questions", de: "Fragen" }
        answered { en: "Answered", de: "Beantwortet" }
        open { en: "Open", de: "Offen" }
        tasks { en: "Open tasks", de: "Offene Aufgaben" }
    }

    // The page behind a link with a code, and the one that says why signing in did not work.
    join {
        opening { en: "Opening the deck…", de: "Öffnet das Deck…" }
        opening_more { en: "This takes a moment", de: "Einen Augenblick" }
        ended { en: "This link has ended", de: "Dieser Link gilt nicht mehr" }
        ended_more {
            en: "Ask whoever sent it to you for a new one",
            de: "Fragen Sie, wer ihn geschickt hat, nach einem neuen",
        }
        sign_in { en: "Sign in to open this deck", de: "Melden Sie sich an, um dieses Deck zu öffnen" }
        sign_in_more {
            en: "This server is for people it knows. You come right back here.",
            de: "Dieser Server ist für Leute, die er kennt. Danach geht es gleich hier weiter.",
        }
        sign_in_action { en: "Sign in", de: "Anmelden" }
        no_access { en: "Your account may not open this deck", de: "Ihr Konto darf dieses Deck nicht öffnen" }
        no_access_more {
            en: "Ask whoever runs this server to let you in",
            de: "Fragen Sie, wer diesen Server betreibt, nach Zugang",
        }
        incomplete { en: "This link is not complete", de: "Dieser Link ist nicht vollständig" }
        incomplete_more {
            en: "Copy all of it: the part behind the # belongs to it",
            de: "Kopieren Sie ihn ganz: Der Teil hinter dem # gehört dazu",
        }
        failed { en: "The server cannot be reached", de: "Der Server ist nicht zu erreichen" }
        failed_more { en: "The link is kept. Try again in a moment.", de: "Der Link bleibt da. Versuchen Sie es gleich noch einmal." }
        failed_action { en: "Try again", de: "Noch einmal versuchen" }
        too_often { en: "Too many tries", de: "Zu viele Versuche" }
        too_often_more { en: "Wait a minute, then try again", de: "Warten Sie eine Minute und versuchen Sie es dann noch einmal" }
        not_signed_in { en: "Signing in did not work", de: "Die Anmeldung hat nicht geklappt" }
        not_signed_in_more {
            en: "It was cancelled, took too long, or began in another browser. Nothing was changed.",
            de: "Sie wurde abgebrochen, dauerte zu lange oder begann in einem anderen Browser. Es hat sich nichts geändert.",
        }
        unavailable { en: "Signing in does not work right now", de: "Die Anmeldung geht gerade nicht" }
        unavailable_more {
            en: "The sign-in service does not answer as it should. Try again in a moment.",
            de: "Der Anmeldedienst antwortet nicht, wie er soll. Versuchen Sie es gleich noch einmal.",
        }
        to_decks { en: "To the start page", de: "Zur Startseite" }
        no_script { en: "Opening a link needs JavaScript", de: "Um einen Link zu öffnen, braucht es JavaScript" }
    }


    // The first page.

    home {
        decks { en: "Decks", de: "Decks" }
        no_script { en: "This page needs JavaScript.", de: "Diese Seite braucht JavaScript." }
        search { en: "Search decks", de: "Decks suchen" }
        new_deck { en: "New deck", de: "Neues Deck" }
        import { en: "Import .md", de: "Import .md" }
        drop_hint {
            en: "Drop Markdown files anywhere on this page to import them.",
            de: "Legen Sie Markdown-Dateien irgendwo auf dieser Seite ab, um sie zu importieren.",
        }
        no_decks {
            en: "No decks yet. Start from the community-call template, or paste Markdown.",
            de: "Noch keine Decks. Beginnen Sie mit der Vorlage für einen Community-Call oder fügen Sie Markdown ein.",
        }
        from_template { en: "Community-call template", de: "Vorlage Community-Call" }
        paste { en: "Paste Markdown", de: "Markdown einfügen" }
        nothing_shared { en: "No deck is shared with you yet.", de: "Noch ist kein Deck mit Ihnen geteilt." }
        sign_in_to_create { en: "Sign in to make decks.", de: "Melden Sie sich an, um Decks anzulegen." }
        members_create {
            en: "On this server decks are made by people who are signed in.",
            de: "Auf diesem Server legen angemeldete Personen Decks an.",
        }
        untitled { en: "Untitled", de: "Ohne Titel" }
        close { en: "Close", de: "Schließen" }
        save { en: "Save", de: "Speichern" }
        undo { en: "Undo", de: "Rückgängig" }

        next_call { en: "Next call", de: "Nächster Call" }
        not_made_yet { en: "{0} · not prepared yet", de: "{0} · noch nicht vorbereitet" }
        begins_in { en: "in {0}", de: "in {0}" }
        begins_now { en: "now", de: "jetzt" }
        began { en: "began {0} ago", de: "seit {0}" }
        own_time { en: "{0} where you are", de: "{0} bei Ihnen" }
        ready_of { en: "{0} of {1} ready", de: "{0} von {1} bereit" }
        reporters { en: "Reporters", de: "Berichtende" }
        write_my_section { en: "Write my section", de: "Meinen Abschnitt schreiben" }
        board { en: "Board", de: "Board" }
        present { en: "Present", de: "Präsentieren" }
        follow { en: "Follow", de: "Zusehen" }
        live { en: "LIVE", de: "LIVE" }

        filter { en: "Show", de: "Anzeigen" }
        show_all_decks { en: "All", de: "Alle" }
        show_series { en: "Series", de: "Serien" }
        show_mine { en: "Mine", de: "Meine" }
        show_archive { en: "Archived", de: "Archiviert" }
        show_bin { en: "Bin", de: "Papierkorb" }
        found_one { en: "1 deck found", de: "1 Deck gefunden" }
        found { en: "{0} decks found", de: "{0} Decks gefunden" }
        nothing_found { en: "No deck is called “{0}”.", de: "Kein Deck heißt „{0}“." }
        clear_search { en: "Clear the search", de: "Suche leeren" }
        none_all { en: "Every deck is archived or in the bin.", de: "Alle Decks sind im Archiv oder im Papierkorb." }
        none_series {
            en: "No series yet. “Make this a series…” in the menu of a deck begins one.",
            de: "Noch keine Serie. „Zur Serie machen…“ im Menü eines Decks beginnt eine.",
        }
        none_mine { en: "None of these decks is yours.", de: "Keines dieser Decks gehört Ihnen." }
        none_archive { en: "Nothing is archived.", de: "Nichts ist archiviert." }
        none_bin { en: "The bin is empty.", de: "Der Papierkorb ist leer." }
        bin_note { en: "Decks in the bin are deleted for good after 30 days.", de: "Decks im Papierkorb werden nach 30 Tagen endgültig gelöscht." }
        other_decks { en: "Other decks", de: "Andere Decks" }
        show_all_of { en: "Show all {0}", de: "Alle {0} zeigen" }
        template { en: "Template", de: "Vorlage" }
        rhythm { en: "{0}, {1}", de: "{0}, {1}" }
        every_week { en: "Every {0}", de: "Jeden {0}" }
        every_two_weeks { en: "Every other {0}", de: "Jeden zweiten {0}" }
        month_1 { en: "First {0} of the month", de: "Erster {0} im Monat" }
        month_2 { en: "Second {0} of the month", de: "Zweiter {0} im Monat" }
        month_3 { en: "Third {0} of the month", de: "Dritter {0} im Monat" }
        month_4 { en: "Fourth {0} of the month", de: "Vierter {0} im Monat" }
        month_5 { en: "Fifth {0} of the month", de: "Fünfter {0} im Monat" }
        month_last { en: "Last {0} of the month", de: "Letzter {0} im Monat" }

        menu_of { en: "More: {0}", de: "Mehr: {0}" }
        open { en: "Open", de: "Öffnen" }
        copy_follow { en: "Copy audience link", de: "Publikumslink kopieren" }
        new_call { en: "New call…", de: "Neuer Call…" }
        make_series { en: "Make this a series…", de: "Zur Serie machen…" }
        series_settings { en: "Series settings…", de: "Serie einstellen…" }
        duplicate { en: "Duplicate", de: "Duplizieren" }
        export { en: "Export .md", de: "Export .md" }
        archive { en: "Archive", de: "Archivieren" }
        unarchive { en: "Take out of the archive", de: "Aus dem Archiv holen" }
        delete { en: "Delete", de: "Löschen" }
        restore { en: "Restore", de: "Wiederherstellen" }

        copied_link { en: "The link is on the clipboard", de: "Der Link ist in der Zwischenablage" }
        not_copied { en: "This browser does not let the page copy", de: "Dieser Browser lässt die Seite nicht kopieren" }
        duplicated { en: "The copy is called “{0}”", de: "Die Kopie heißt „{0}“" }
        archived { en: "“{0}” is archived", de: "„{0}“ ist archiviert" }
        unarchived { en: "“{0}” is out of the archive", de: "„{0}“ ist nicht mehr archiviert" }
        deleted { en: "“{0}” is in the bin", de: "„{0}“ ist im Papierkorb" }
        restored { en: "“{0}” is back", de: "„{0}“ ist wieder da" }
        not_made { en: "The deck was not made. {0}", de: "Das Deck wurde nicht angelegt. {0}" }
        not_done { en: "That did not work. {0}", de: "Das hat nicht geklappt. {0}" }
        not_loaded {
            en: "That part of the page could not be loaded. Try again.",
            de: "Dieser Teil der Seite konnte nicht geladen werden. Versuchen Sie es noch einmal.",
        }
        imported_one { en: "1 deck was imported", de: "1 Deck wurde importiert" }
        imported { en: "{0} decks were imported", de: "{0} Decks wurden importiert" }
        not_imported { en: "{0} was not imported: {1}", de: "{0} wurde nicht importiert: {1}" }
        too_many_files { en: "At most {0} files at once can be imported", de: "Höchstens {0} Dateien auf einmal lassen sich importieren" }
        file_too_large { en: "it is larger than 4 MB", de: "größer als 4 MB" }
        file_unreadable { en: "it can't be read", de: "nicht lesbar" }
        file_no_text { en: "it is no text in UTF-8", de: "kein Text in UTF-8" }
        file_empty { en: "it is empty", de: "leer" }

        unreachable { en: "Can't reach the server.", de: "Der Server ist nicht erreichbar." }
        unreachable_kept {
            en: "Can't reach the server. Showing decks kept on this device.",
            de: "Der Server ist nicht erreichbar. Sie sehen die Decks, die dieses Gerät kennt.",
        }
        try_again { en: "Try again", de: "Erneut versuchen" }

        guest { en: "Guest", de: "Gast" }
        you_are { en: "You're {0}", de: "Sie sind {0}" }
        your_name { en: "your name", de: "Ihr Name" }
        color { en: "Colour", de: "Farbe" }
        sign_in { en: "Sign in", de: "Anmelden" }
        sign_out { en: "Sign out", de: "Abmelden" }
    }

    // The dialogs, a module of their own (`frontend/js/dialogs.ts`).
    dialogs {
        share_deck { en: "Share this deck", de: "Dieses Deck teilen" }
        close { en: "Close", de: "Schließen" }
        loading { en: "Loading…", de: "Lädt…" }
        try_again { en: "Try again", de: "Erneut versuchen" }
        cancel { en: "Cancel", de: "Abbrechen" }
        save { en: "Save", de: "Speichern" }
        new_deck { en: "New deck", de: "Neues Deck" }
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

        slide_settings { en: "Slide settings", de: "Folieneinstellungen" }
        background_color { en: "Background colour", de: "Hintergrundfarbe" }
        background_image { en: "Background image", de: "Hintergrundbild" }
        transition { en: "Transition", de: "Übergang" }
        as_the_deck { en: "As the deck", de: "Wie das Deck" }
        css_class { en: "CSS class", de: "CSS-Klasse" }
        hidden_slide { en: "Leave out of the show", de: "Beim Vorführen auslassen" }
        fit_off { en: "Keep the size of the text", de: "Schriftgröße nicht anpassen" }

        keys { en: "Keys", de: "Tasten" }
        single_keys { en: "Single-key shortcuts", de: "Tastenkürzel aus einer Taste" }
        key_move { en: "Move between slides", de: "Zwischen Folien bewegen" }
        next { en: "Next", de: "Weiter" }
        previous { en: "Previous", de: "Zurück" }
        key_skip { en: "Skip the steps of a slide", de: "Schritte einer Folie überspringen" }
        key_far { en: "All the way in a direction", de: "Bis ganz ans Ende einer Richtung" }
        key_ends { en: "First, last slide", de: "Erste, letzte Folie" }
        key_jump { en: "Jump to a slide", de: "Zu einer Folie springen" }
        overview { en: "Overview", de: "Übersicht" }
        blackout { en: "Blackout", de: "Verdunkeln" }
        fullscreen { en: "Full screen", de: "Vollbild" }
        key_edit { en: "Edit this slide", de: "Diese Folie bearbeiten" }
        key_return { en: "Back to what is presented", de: "Zurück zum Vortrag" }

        new_call { en: "New call", de: "Neuer Call" }
        day { en: "Day", de: "Tag" }
        other_day { en: "Another day", de: "Ein anderer Tag" }
        create_call { en: "Create call", de: "Call anlegen" }
        call_exists { en: "There is a call on that day already.", de: "An diesem Tag gibt es schon einen Call." }
        call_changed {
            en: "The last call has changed meanwhile. Look again at what is carried over.",
            de: "Der letzte Call hat sich inzwischen geändert. Sehen Sie noch einmal durch, was übernommen wird.",
        }
        sections { en: "Sections", de: "Abschnitte" }
        reporters_ask { en: "Who reports?", de: "Wer berichtet?" }
        reporters_hint { en: "Who reports? Suggested from the last call.", de: "Wer berichtet? Vorschläge aus dem letzten Call." }
        nobody_yet { en: "nobody yet", de: "noch niemand" }
        carried { en: "Carried over", de: "Übernommen" }
        carried_hint {
            en: "From “{0}”. What you leave out stays there.",
            de: "Aus „{0}“. Was Sie weglassen, bleibt dort.",
        }
        carried_none { en: "Nothing is open in “{0}”.", de: "In „{0}“ ist nichts offen." }
        carried_task { en: "Open task", de: "Offene Aufgabe" }
        carried_event { en: "Event", de: "Termin" }
        carried_slide { en: "Slide", de: "Folie" }
        carried_count { en: "{0} of {1} carried over", de: "{0} von {1} übernommen" }
        carry_all { en: "All", de: "Alle" }
        carry_none { en: "None", de: "Keine" }
        no_section { en: "No section", de: "Kein Abschnitt" }

        make_series { en: "Make this a series", de: "Zur Serie machen" }
        series_settings { en: "Series settings", de: "Serie einstellen" }
        series_hint {
            en: "This deck is the template: each call begins with its sections and prompts.",
            de: "Dieses Deck ist die Vorlage: Jeder Call beginnt mit seinen Abschnitten und Stichworten.",
        }
        name { en: "Name", de: "Name" }
        every { en: "How often", de: "Wie oft" }
        every_week { en: "Every week", de: "Jede Woche" }
        every_two_weeks { en: "Every other week", de: "Alle zwei Wochen" }
        every_month { en: "Every month", de: "Jeden Monat" }
        every_none { en: "On days of its own", de: "An eigenen Tagen" }
        week_of_month { en: "Week", de: "Woche" }
        week_1 { en: "First", de: "Erste" }
        week_2 { en: "Second", de: "Zweite" }
        week_3 { en: "Third", de: "Dritte" }
        week_4 { en: "Fourth", de: "Vierte" }
        week_5 { en: "Fifth", de: "Fünfte" }
        week_last { en: "Last", de: "Letzte" }
        weekday { en: "Day of the week", de: "Wochentag" }
        time { en: "Time", de: "Uhrzeit" }
        zone { en: "Time zone", de: "Zeitzone" }
        name_empty { en: "Give the series a name", de: "Geben Sie der Serie einen Namen" }
        zone_unknown { en: "There is no time zone “{0}”", de: "Eine Zeitzone „{0}“ gibt es nicht" }
        series_changed { en: "“{0}” is saved", de: "„{0}“ ist gespeichert" }
        series_saved { en: "“{0}” is a series", de: "„{0}“ ist eine Serie" }
        end_series_ask { en: "End the series…", de: "Serie beenden…" }
        end_series { en: "End the series", de: "Serie beenden" }
        end_series_means {
            en: "The template and all calls stay as decks of their own.",
            de: "Die Vorlage und alle Calls bleiben als einzelne Decks.",
        }
        series_ended { en: "“{0}” is no series any more", de: "„{0}“ ist keine Serie mehr" }

        by_link { en: "Anyone with a link", de: "Alle mit einem Link" }
        by_link_hint {
            en: "Nobody needs an account for these. Whoever has the link can pass it on.",
            de: "Dafür braucht niemand ein Konto. Wer den Link hat, kann ihn weitergeben.",
        }
        follow { en: "Follow", de: "Zusehen" }
        follow_can { en: "See the slides as they are presented", de: "Die Folien sehen, wie sie gezeigt werden" }
        comment { en: "Comment", de: "Kommentieren" }
        comment_can {
            en: "Read the deck and say something beside the slides",
            de: "Das Deck lesen und neben den Folien etwas sagen",
        }
        edit { en: "Edit", de: "Bearbeiten" }
        edit_can { en: "Write in the deck", de: "Im Deck schreiben" }
        present { en: "Present", de: "Präsentieren" }
        present_can { en: "Write and lead the presentation", de: "Schreiben und den Vortrag führen" }
        copy { en: "Copy", de: "Kopieren" }
        copy_link { en: "Copy the link: {0}", de: "Link kopieren: {0}" }
        copied { en: "The link is on the clipboard", de: "Der Link ist in der Zwischenablage" }
        copy_by_hand {
            en: "This browser does not let the page copy: the link is marked, copy it with your keys",
            de: "Dieser Browser lässt die Seite nicht kopieren: Der Link ist markiert, kopieren Sie ihn mit der Tastatur",
        }
        qr { en: "QR code", de: "QR-Code" }
        qr_of { en: "QR code: {0}", de: "QR-Code: {0}" }
        expiry_of { en: "{0}: ends", de: "{0}: endet" }
        expiry_never { en: "Does not end by itself", de: "Endet nicht von selbst" }
        expiry_day { en: "Ends in 1 day", de: "Endet in 1 Tag" }
        expiry_week { en: "Ends in 1 week", de: "Endet in 1 Woche" }
        expiry_date { en: "Ends on a date…", de: "Endet an einem Tag…" }
        expiry_until { en: "Ends {0}", de: "Endet {0}" }
        expired { en: "Ended {0}", de: "Beendet {0}" }
        last_day { en: "Last day", de: "Letzter Tag" }
        set { en: "Set", de: "Setzen" }
        expiry_set { en: "The link ends {0}", de: "Der Link endet {0}" }
        expiry_gone { en: "The link does not end by itself any more", de: "Der Link endet nicht mehr von selbst" }
        reset { en: "Reset", de: "Erneuern" }
        reset_of { en: "Reset the link: {0}", de: "Link erneuern: {0}" }
        reset_sure { en: "End the old link", de: "Alten Link beenden" }
        reset_means {
            en: "The link stops working at once, also for those who came by it and are here now. You get a new one to send.",
            de: "Der Link gilt sofort nicht mehr, auch für die, die damit gekommen und gerade hier sind. Sie bekommen einen neuen zum Verschicken.",
        }
        was_reset { en: "The old link has ended", de: "Der alte Link gilt nicht mehr" }
        owners_only {
            en: "Links to edit and to present are the owners' to give.",
            de: "Links zum Bearbeiten und Präsentieren geben die Personen weiter, denen das Deck gehört.",
        }

        people { en: "People", de: "Personen" }
        nobody { en: "Nobody has been given a role by name.", de: "Noch hat niemand namentlich eine Rolle." }
        nobody_owns {
            en: "This deck belongs to nobody. When you choose for everybody else below, it becomes yours.",
            de: "Dieses Deck gehört niemandem. Wenn Sie unten für alle anderen wählen, gehört es Ihnen.",
        }
        you { en: "you", de: "Sie" }
        guest { en: "Guest", de: "Gast" }
        group { en: "Group", de: "Gruppe" }
        not_here_yet { en: "Not signed in yet", de: "Noch nicht angemeldet" }
        owner { en: "Owner", de: "Besitz" }
        editor { en: "Editor", de: "Bearbeiten" }
        viewer { en: "Viewer", de: "Lesen" }
        role_of { en: "Role of {0}", de: "Rolle von {0}" }
        role_set { en: "{0}: {1}", de: "{0}: {1}" }
        remove { en: "Remove {0}", de: "{0} entfernen" }
        removed { en: "{0} has no role any more", de: "{0} hat keine Rolle mehr" }
        last_owner {
            en: "A deck needs an owner: make somebody else an owner first.",
            de: "Ein Deck muss jemandem gehören: Übertragen Sie es erst jemand anderem.",
        }
        leave_sure { en: "Give up my role", de: "Meine Rolle abgeben" }
        leave_means {
            en: "You would no longer decide who may do what here.",
            de: "Sie entscheiden dann nicht mehr, wer hier was darf.",
        }
        add { en: "Add", de: "Hinzufügen" }
        add_who { en: "E-mail address or group", de: "E-Mail-Adresse oder Gruppe" }
        add_role { en: "Role", de: "Rolle" }
        add_hint {
            en: "A word without @ is the name of a group.",
            de: "Ein Wort ohne @ ist der Name einer Gruppe.",
        }
        add_empty { en: "Say whom: an e-mail address or a group", de: "Nennen Sie eine E-Mail-Adresse oder eine Gruppe" }
        added { en: "{0} was added", de: "{0} ist dabei" }
        no_sign_in {
            en: "Nobody can sign in on this server, so people are invited by links.",
            de: "Auf diesem Server kann sich niemand anmelden, darum laden Sie mit Links ein.",
        }

        everybody { en: "Everybody else", de: "Alle anderen" }
        level_freely { en: "Everybody may write", de: "Alle dürfen schreiben" }
        level_freely_can { en: "Guests, too, and they may present", de: "Auch Gäste, und sie dürfen präsentieren" }
        level_editable { en: "Everybody may read, who is signed in may write", de: "Alle dürfen lesen, Angemeldete schreiben" }
        level_editable_can { en: "Guests need a link to write", de: "Gäste brauchen zum Schreiben einen Link" }
        level_limited { en: "Who is signed in may write", de: "Angemeldete dürfen schreiben" }
        level_limited_can { en: "Guests see it only by a link", de: "Gäste sehen es nur über einen Link" }
        level_locked { en: "Everybody may read", de: "Alle dürfen lesen" }
        level_locked_can { en: "Only the people above write", de: "Nur die Personen oben schreiben" }
        level_protected { en: "Who is signed in may read", de: "Angemeldete dürfen lesen" }
        level_protected_can { en: "Only the people above write, guests see it only by a link", de: "Nur die Personen oben schreiben, Gäste sehen es nur über einen Link" }
        level_private { en: "Nobody", de: "Niemand" }
        level_private_can { en: "Only the people above and those with a link", de: "Nur die Personen oben und wer einen Link hat" }
        level_name { en: "HedgeDoc calls this {0}", de: "Bei HedgeDoc heißt das {0}" }
        apply { en: "Apply", de: "Übernehmen" }
        apply_hint { en: "Holds at once, also for those who are here.", de: "Gilt sofort, auch für alle, die gerade hier sind." }
        level_set { en: "For everybody else: {0}", de: "Für alle anderen: {0}" }

        unreachable { en: "The server can't be reached. Nothing was changed.", de: "Der Server ist nicht erreichbar. Nichts wurde geändert." }
        signed_out { en: "Your session has ended. Reload the page.", de: "Ihre Sitzung ist zu Ende. Laden Sie die Seite neu." }
        forbidden { en: "You may not do that any more.", de: "Das dürfen Sie nicht mehr." }
        gone { en: "This deck was deleted.", de: "Dieses Deck wurde gelöscht." }
        too_fast { en: "That was too often. Wait a minute.", de: "Das war zu oft. Warten Sie eine Minute." }
        refused { en: "The server did not do that. {0}", de: "Der Server hat das nicht getan. {0}" }

        links { en: "Links and QR codes", de: "Links und QR-Codes" }
        audience_link { en: "Audience link", de: "Publikumslink" }
        follow_hint {
            en: "For everyone who watches: slides only, no notes.",
            de: "Für alle, die zusehen: nur Folien, keine Notizen.",
        }
        remote_link { en: "Phone remote", de: "Fernbedienung fürs Handy" }
        remote_hint {
            en: "For your own phone: next, previous, notes. Whoever has it can press the keys.",
            de: "Für Ihr eigenes Handy: weiter, zurück, Notizen. Wer ihn hat, kann die Tasten drücken.",
        }
    }

    call {
        // Board
        close { en: "Close", de: "Schließen" }
        cancel { en: "Cancel", de: "Abbrechen" }
        untitled { en: "Untitled", de: "Ohne Titel" }
        board { en: "Board", de: "Board" }
        sections { en: "Sections", de: "Abschnitte" }
        ready_sections { en: "Sections that are ready", de: "Bereite Abschnitte" }
        not_started { en: "Not started", de: "Offen" }
        drafting { en: "Drafting", de: "In Arbeit" }
        ready { en: "Ready", de: "Bereit" }
        presented { en: "Presented", de: "Vorgestellt" }
        no_report { en: "No report", de: "Kein Bericht" }
        changed_since { en: "{0} · changed since", de: "{0} · seitdem geändert" }
        ready_of { en: "{0} of {1} ready", de: "{0} von {1} bereit" }
        all_ready { en: "All {0} ready", de: "Alle {0} bereit" }
        call_at { en: "{0} · {1}", de: "{0} · {1}" }
        begins_in { en: "in {0}", de: "in {0}" }
        begins_now { en: "now", de: "jetzt" }
        began { en: "began {0} ago", de: "seit {0}" }
        is_writing { en: "{0} is writing", de: "{0} schreibt" }
        are_writing { en: "{0} are writing", de: "{0} schreiben" }
        is_writing_here { en: "{0} is writing {1}", de: "{0} schreibt {1}" }
        are_writing_here { en: "{0} are writing {1}", de: "{0} schreiben {1}" }
        edited { en: "{0} by {1}", de: "{0} von {1}" }
        minutes { en: "{0} min", de: "{0} Min." }
        one_problem { en: "1 problem", de: "1 Problem" }
        problems { en: "{0} problems", de: "{0} Probleme" }
        mine { en: "{0} (you)", de: "{0} (Sie)" }
        nobody { en: "Nobody yet", de: "Noch niemand" }
        claim { en: "I'll write this", de: "Das schreibe ich" }
        not_me { en: "Not me", de: "Doch nicht ich" }
        write { en: "Write", de: "Schreiben" }
        not_ready { en: "Not ready", de: "Doch nicht bereit" }
        ready_again { en: "Ready again", de: "Wieder bereit" }
        more { en: "More", de: "Mehr" }
        more_of { en: "More: {0}", de: "Mehr: {0}" }
        of_section { en: "{0}: {1}", de: "{0}: {1}" }
        copy_reminder { en: "Copy reminder", de: "Erinnerung kopieren" }
        remind_all { en: "Copy reminder", de: "Erinnerung kopieren" }
        reminder_copied { en: "The reminder is on the clipboard", de: "Die Erinnerung ist in der Zwischenablage" }
        not_copied { en: "This browser does not let the page copy", de: "Dieser Browser lässt die Seite nicht kopieren" }
        skip { en: "No report this week", de: "Diese Woche kein Bericht" }
        report { en: "Report after all", de: "Doch ein Bericht" }
        planned_minutes { en: "Planned minutes", de: "Geplante Minuten" }
        skipped { en: "{0}: no report this week", de: "{0}: diese Woche kein Bericht" }
        reports { en: "{0} reports after all", de: "{0}: doch ein Bericht" }
        other { en: "1 other section", de: "1 weiterer Abschnitt" }
        others { en: "{0} other sections", de: "{0} weitere Abschnitte" }
        waiting { en: "Looking who writes what…", de: "Sieht nach, wer was schreibt…" }
        no_sections {
            en: "No section of this deck has anybody to report. Write “Report by” and a name below a heading.",
            de: "Kein Abschnitt dieses Decks hat jemanden, der berichtet. Schreiben Sie „Report by“ und einen Namen unter eine Überschrift.",
        }
        now { en: "{0}: {1}", de: "{0}: {1}" }

        // Reminders
        the_call { en: "the call", de: "den Call" }
        remind_hello { en: "Hello {0},", de: "Hallo {0}," }
        remind_hello_all { en: "Hello everybody,", de: "Hallo zusammen," }
        remind_when { en: "for {0} on {1} these sections are not ready yet:", de: "für {0} am {1} sind diese Abschnitte noch nicht bereit:" }
        remind { en: "for {0} these sections are not ready yet:", de: "für {0} sind diese Abschnitte noch nicht bereit:" }
        remind_nobody { en: "{0} (nobody yet, is it yours?)", de: "{0} (noch niemand, ist es Ihrer?)" }
        remind_one_when {
            en: "“{0}” is still missing in {1}, which is on {2}. Please write it here:",
            de: "„{0}“ fehlt noch in {1}, Termin {2}. Bitte schreiben Sie hier:",
        }
        remind_one {
            en: "“{0}” is still missing in {1}. Please write it here:",
            de: "„{0}“ fehlt noch in {1}. Bitte schreiben Sie hier:",
        }
        remind_how {
            en: "The link leads right to your place; when you are done, press “Mark ready”. Thank you!",
            de: "Der Link führt gleich an Ihre Stelle; wenn alles da ist, drücken Sie „Als bereit melden“. Danke!",
        }

        // Editor
        which { en: "Which section is yours?", de: "Welcher Abschnitt ist Ihrer?" }
        which_hint { en: "Choose it, and start typing.", de: "Wählen Sie ihn, und schreiben Sie los." }
        yours_ask { en: "Yours?", de: "Ihrer?" }
        yours { en: "Yours", de: "Ihrer" }
        just_looking { en: "Just looking", de: "Ich sehe mich nur um" }
        mark_ready { en: "Mark ready", de: "Als bereit melden" }
        is_ready { en: "Ready", de: "Bereit" }
        changed_ready_again { en: "Changed since ready · Ready again", de: "Seit „bereit“ geändert · Wieder bereit" }
        presented_ready_again { en: "Changed since presented · Ready again", de: "Seit dem Vorstellen geändert · Wieder bereit" }
        said_ready { en: "{0} is ready", de: "{0} ist bereit" }
        said_not_ready { en: "{0} is not ready any more", de: "{0} ist nicht mehr bereit" }
        discussion { en: "Discussion", de: "Diskussion" }
        move_to_discussion { en: "Move the selected text to the discussion", de: "Markierten Text in die Diskussion verschieben" }
        unread { en: "{0} new", de: "{0} neu" }
        open_questions { en: "{0} open questions", de: "{0} offene Fragen" }
        open_minutes { en: "Minutes", de: "Protokoll" }
        writing_in { en: "is writing {0}", de: "schreibt {0}" }
        nobody_else { en: "Nobody else is in the text right now.", de: "Gerade ist sonst niemand im Text." }

        // What the server says to a change
        signed_out { en: "Your session has ended. Reload the page.", de: "Ihre Sitzung ist zu Ende. Laden Sie die Seite neu." }
        forbidden { en: "You may not do that any more.", de: "Das dürfen Sie nicht mehr." }
        no_section { en: "This section is gone.", de: "Diesen Abschnitt gibt es nicht mehr." }
        too_fast { en: "That was too often. Wait a minute.", de: "Das war zu oft. Warten Sie eine Minute." }
        refused { en: "The server did not do that.", de: "Der Server hat das nicht getan." }
        unreachable { en: "The server can't be reached. Nothing was changed.", de: "Der Server ist nicht erreichbar. Nichts wurde geändert." }

        // Discussion and minutes
        talk_guest { en: "Guest", de: "Gast" }
        talk_you { en: "(you)", de: "(Sie)" }
        talk_untitled { en: "Untitled", de: "Ohne Titel" }
        talk_messages { en: "Messages", de: "Nachrichten" }
        talk_show { en: "Show", de: "Zeigen" }
        talk_show_slide { en: "This slide", de: "Diese Folie" }
        talk_show_all { en: "All", de: "Alle" }
        talk_show_questions { en: "Questions", de: "Fragen" }
        talk_none_slide { en: "Nobody has said anything about this slide yet.", de: "Zu dieser Folie hat noch niemand etwas gesagt." }
        talk_none_all { en: "Nobody has said anything yet.", de: "Noch hat niemand etwas gesagt." }
        talk_none_questions { en: "No questions yet.", de: "Noch keine Fragen." }
        talk_removed_slide { en: "Removed slide: {0}", de: "Entfernte Folie: {0}" }
        talk_about { en: "About slide {0} · {1}", de: "Zu Folie {0} · {1}" }
        talk_about_untitled { en: "About slide {0}", de: "Zu Folie {0}" }
        talk_here_instead { en: "About this slide instead", de: "Lieber zu dieser Folie" }
        talk_text { en: "Message", de: "Nachricht" }
        talk_hint { en: "Enter sends, Shift+Enter begins a new line", de: "Enter sendet, Umschalt+Enter beginnt eine neue Zeile" }
        talk_as_question { en: "As a question", de: "Als Frage" }
        talk_send { en: "Send", de: "Senden" }
        talk_left { en: "{0} characters left", de: "Noch {0} Zeichen" }
        talk_too_long { en: "{0} characters too many", de: "{0} Zeichen zu viel" }
        talk_question { en: "Question", de: "Frage" }
        talk_answered { en: "Question · answered", de: "Frage · beantwortet" }
        talk_done { en: "Answered", de: "Beantwortet" }
        talk_star { en: "For the minutes", de: "Fürs Protokoll" }
        talk_edit { en: "Edit", de: "Ändern" }
        talk_save { en: "Save", de: "Speichern" }
        talk_remove { en: "Remove", de: "Entfernen" }
        talk_remove_ask { en: "Remove this message?", de: "Diese Nachricht entfernen?" }
        talk_loading { en: "Loading the discussion…", de: "Lädt die Diskussion…" }
        talk_offline { en: "Offline. What you write is kept and sent later.", de: "Offline. Was Sie schreiben, wird aufbewahrt und später gesendet." }
        talk_offline_waiting { en: "Offline. Waiting to be sent: {0}", de: "Offline. Noch nicht gesendet: {0}" }
        talk_back_one { en: "Back online. Your message was sent.", de: "Wieder online. Ihre Nachricht wurde gesendet." }
        talk_back_several { en: "Back online. {0} messages were sent.", de: "Wieder online. {0} Nachrichten wurden gesendet." }
        talk_waits { en: "Waiting to be sent", de: "Noch nicht gesendet" }
        talk_not_sent { en: "Not sent. {0}", de: "Nicht gesendet. {0}" }
        talk_again { en: "Try again", de: "Erneut versuchen" }
        talk_take_back { en: "Back to the text field", de: "Zurück ins Textfeld" }
        talk_new_one { en: "New message from {0}", de: "Neue Nachricht von {0}" }
        talk_new { en: "{0} new messages", de: "{0} neue Nachrichten" }
        talk_read_only { en: "You can read this discussion, but not write in it.", de: "Sie können hier mitlesen, aber nicht schreiben." }
        talk_attend { en: "I'm here", de: "Ich bin dabei" }
        talk_attend_hint { en: "Puts your name into the minutes", de: "Setzt Ihren Namen ins Protokoll" }
        talk_there_one { en: "1 person here", de: "1 Person dabei" }
        talk_there { en: "{0} people here", de: "{0} Personen dabei" }
        talk_unreachable { en: "The server can't be reached", de: "Der Server ist nicht erreichbar" }
        talk_signed_out { en: "Sign in again to do that", de: "Melden Sie sich dafür neu an" }
        talk_forbidden { en: "You may not do that any more", de: "Das dürfen Sie nicht mehr" }
        talk_full { en: "This deck takes no more messages, or this one was removed", de: "Dieses Deck nimmt keine Nachrichten mehr an, oder diese wurde entfernt" }
        talk_too_fast { en: "Too much at once; wait a moment", de: "Zu viel auf einmal, warten Sie einen Moment" }
        talk_refused { en: "The server refuses: {0}", de: "Der Server lehnt ab: {0}" }
        talk_minutes { en: "Minutes", de: "Protokoll" }
        talk_language { en: "Language", de: "Sprache" }
        talk_copy { en: "Copy", de: "Kopieren" }
        talk_minutes_copied { en: "The minutes are on the clipboard", de: "Das Protokoll ist in der Zwischenablage" }
        talk_not_copied { en: "This browser does not let the page copy", de: "Dieser Browser lässt die Seite nicht kopieren" }
        talk_download { en: "Download .md", de: "Als .md laden" }
        // Stands in the board's part.
    }
}
