/** Films and sound of a slide that is changed or moved while they play. */

type Playing = { element: HTMLMediaElement; time: number };

/** reveal.js restarts the media of a slide whose number changes; these go on where they were. */
export function playing(section: Element | undefined): Playing[] {
  return [...(section?.querySelectorAll<HTMLMediaElement>("video, audio") ?? [])]
    .filter((element) => !element.paused)
    .map((element) => ({ element, time: element.currentTime }));
}

/** Lets them go on. */
export function resume(media: readonly Playing[]): void {
  for (const { element, time } of media) {
    if (!element.isConnected) continue;
    element.currentTime = time;
    // Playing again may be refused without a gesture; then it simply stays paused.
    element.play().catch(() => undefined);
  }
}
