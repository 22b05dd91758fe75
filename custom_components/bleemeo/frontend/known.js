/** Of which times anything is known, and in which it was quiet: calm is claimed of no other. */

import { MINUTE } from "./const.js";

// what is shorter than this is no news
const LEAST = 5 * MINUTE;

/** Return how much of a time spans cover; they may overlap and reach beyond. */
export function covered(spans, from, to) {
  let total = 0;
  let reached = from;
  for (const [begin, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    const first = Math.max(begin, reached);
    const last = Math.min(end, to);
    if (last > first) {
      total += last - first;
      reached = last;
    }
  }
  return total;
}

/** Return the spans in which both are. */
const intersect = (some, others) =>
  some.flatMap(([from, to]) =>
    others
      .map(([begin, end]) => [Math.max(from, begin), Math.min(to, end)])
      .filter(([begin, end]) => end > begin),
  );

/**
 * Return the spans of a time of which nothing is known.
 *
 * `since` is when the first was heard, null for never; in `gaps` nothing could be heard.
 */
export function unknownSpans({ since, gaps }, from, now) {
  const start = since === null ? now : Math.min(since, now);
  return [...(start > from ? [[from, start]] : []), ...gaps.map(([begin, end]) => [begin, end || now])];
}

/** Return what is known of some servers together: what is known of any of them. */
export function together(entries) {
  const known = entries.filter(({ since }) => since !== null);
  const all = [...new Set(known.map(({ gaps }) => gaps))];
  const gaps = all
    .map((each) => each.map(([from, to]) => [from, to || Infinity]))
    .reduce((some, others) => (some ? intersect(some, others) : others), undefined);
  return {
    since: known.length ? Math.min(...known.map(({ since }) => since)) : null,
    gaps: (gaps || []).map(([from, to]) => [from, to === Infinity ? null : to]),
  };
}

/** Return how much of a time is not known, or 0 where that is too little to matter. */
export function unknownTime(knowledge, from, to, now) {
  const time = covered(unknownSpans(knowledge, from, now), from, to);
  return time < Math.min(LEAST, (to - from) / 2) ? 0 : time;
}

/** Return since when, without a gap, something is known; null where it is not now. */
export function knownWithout({ since, gaps }) {
  if (since === null || gaps.some(([, to]) => to === null)) {
    return null;
  }
  return Math.max(since, ...gaps.map(([, to]) => to));
}

/** Return when a server was silenced, or a metric of it too. */
export const quietSpans = ({ silences }, now, metricId) =>
  silences
    .filter(({ metric_id }) => metric_id === undefined || metric_id === metricId)
    .map(({ from, to }) => [from, to || now]);
