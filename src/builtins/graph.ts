import { isArray, membersAt, objectAt, refused } from './operands.ts';
import { type RegoObject, RegoSet, type Value } from './value.ts';

/** Most steps of one search: a graph has exponentially many paths. */
const MAX_STEPS = 200_000;

/** `graph.reachable_paths(graph, initial)`: every path from an initial node until an end, or a node already on it. */
export function reachablePaths(args: readonly Value[]): Value {
  const graph = objectAt(args, 0);
  const search = new Search(graph);
  for (const node of membersAt(args, 1)) {
    const edges = graph.get(node);
    if (edges === undefined) continue;
    const neighbours = neighboursOf(edges);
    if (neighbours.length === 0) search.found.push([node]);
    for (const neighbour of neighbours) search.follow(neighbour, [node]);
  }
  return new RegoSet(search.found);
}

class Search {
  readonly found: Value[] = [];
  readonly #graph: RegoObject;
  #steps = 0;

  constructor(graph: RegoObject) {
    this.#graph = graph;
  }

  /** Follows `node` after `path`, whose nodes are all distinct. Without recursion: a path may be long. */
  follow(node: Value, path: readonly Value[]): void {
    const waiting: { readonly node: Value; readonly path: readonly Value[] }[] = [{ node, path }];
    for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
      const edges = this.#graph.get(step.node);
      const longer = edges === undefined ? step.path : [...step.path, step.node];
      const neighbours = edges === undefined ? [] : neighboursOf(edges);
      this.#steps += longer.length;
      if (this.#steps > MAX_STEPS) throw refused(`the graph has too many paths: more than ${MAX_STEPS} steps`);
      if (neighbours.length === 0) this.found.push(longer);
      const onPath = new RegoSet(longer);
      for (const next of neighbours) {
        if (onPath.has(next)) this.found.push(longer);
        else waiting.push({ node: next, path: longer });
      }
    }
  }
}

function neighboursOf(edges: Value): readonly Value[] {
  if (edges instanceof RegoSet) return edges.items();
  return isArray(edges) ? edges : [];
}
