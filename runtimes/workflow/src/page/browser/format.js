/** @import { Step } from "./types.d.ts" */

/**
 * @param {number} milliseconds
 * @example duration(1234) === "1.23 s"
 */
export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${Number(seconds.toPrecision(3))} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.floor(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * What stands in a task's box: its time, of several turns how often it ran and the longest time.
 *
 * @param {Step} step
 */
export function stepTime({ state, turns, ended, longest }) {
  if (state === "running") return turns > 1 ? `${ended} of ${turns}` : "running";
  if (longest === undefined || state === "idle") return "";
  return turns > 1 ? `${turns} × ≤ ${duration(longest)}` : duration(longest);
}

/**
 * @param {string} moment
 * @param {Date} [now]
 * @example startedAt("2026-11-23T14:27:39.006Z") // "14:27:39", with its day where that is another one than today
 */
export function startedAt(moment, now = new Date()) {
  const date = new Date(moment);
  const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  if (date.toDateString() === now.toDateString()) return time;
  return `${date.toLocaleDateString([], { day: "numeric", month: "short" })}, ${time}`;
}
