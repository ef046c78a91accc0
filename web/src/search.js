// What several sections ask of a search.

/** Candidates in rank order, of those that share a run (same_as) the best ranked alone; it stands on the front when any of them does. */
export function oneOfEachRun(candidates) {
  const best = new Map();
  for (const candidate of candidates) {
    const run = candidate.simulated ? candidate.same_as ?? candidate.point : `unrun ${candidate.point}`, first = best.get(run);
    if (!first) best.set(run, { ...candidate });
    else if (candidate.on_pareto_front) first.on_pareto_front = true;
  }
  return [...best.values()];
}
