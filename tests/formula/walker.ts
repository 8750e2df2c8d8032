// Answers questions of the tests about the TypeScript walker: one line of JSON in, one line of JSON out. tests/walking.py asks.
import { createInterface } from "node:readline";
import { consequenceOf } from "../../web/src/filling/consequences";
import {
  ablationsOf,
  headsOf,
  sweep,
  together,
} from "../../web/src/filling/ablations";
import { chapterBy } from "../../web/src/filling/chapter";
import { formatted, printed } from "../../web/src/filling/print";
import type { Filling } from "../../web/src/filling/remote";
import { uniform } from "../../web/src/formula/chance";
import { Engine } from "../../web/src/formula/engine";
import { latexNumber } from "../../web/src/formula/numbers";
import { choose, drawn } from "../../web/src/formula/sample";
import { corpusOf, type Kind } from "../../web/src/training/corpus";
import { fingerprint } from "../../web/src/training/fingerprint";
import { Training } from "../../web/src/training/training";
import type { Recipe, Teaching } from "../../web/src/training/teaching";
import { derivatives } from "../../web/src/formula/derive";
import { Unfolding, type Spot } from "../../web/src/training/unfolding";
import { Typesetter } from "../../web/src/formula/typeset";
import type { Formula, Graph, Question } from "../../web/src/formula/types";
import { parseInterventions } from "../../web/src/protocol/interventions";
import { Lookup } from "../../web/src/filling/tasks";
import { whyBy, type WhyAsked } from "../../web/src/why/asking";
import type { Questions } from "../../web/src/protocol/lessons";
import type { Task } from "../../web/src/protocol/types";

type Numbers = Record<string, string>;

let engine: Engine;
let graph: Graph;

function unpacked(text: string): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(text, "base64")).buffer);
}

function packed(numbers: Float32Array): string {
  return Buffer.from(
    numbers.buffer,
    numbers.byteOffset,
    numbers.byteLength,
  ).toString("base64");
}

const questions = {
  /** Steps of a training: which rows each learned from and its loss, the weights before and after, and what is kept of them. */
  teach(given: {
    teaching: Teaching;
    recipe: Recipe;
    seed: number;
    steps: number;
  }) {
    const training = new Training(given.teaching, given.recipe, given.seed);
    const before = packed(training.weights);
    const done = Array.from({ length: given.steps }, (_, number) => ({
      rows: training.rowsOf(number + 1),
      ...training.advance(),
    }));
    const { layout, weights, average } = training;
    return {
      layout,
      before,
      done,
      after: packed(weights),
      average: packed(average),
      examined: training.examine(),
    };
  },
  /** A text, cut into letters and rows; and what tells some texts from others. */
  corpus(given: {
    kind: Kind;
    text: string;
    context: number | null;
    exam: number;
    others: string[];
  }) {
    const { kind, text, context, exam, others } = given;
    return {
      ...corpusOf(kind, text, context, exam),
      fingerprints: others.map(fingerprint),
    };
  },
  /** The last of some steps, taken apart. */
  apart(given: {
    teaching: Teaching;
    recipe: Recipe;
    seed: number;
    steps: number;
  }) {
    const training = new Training(given.teaching, given.recipe, given.seed);
    for (let step = 1; step < given.steps; step++) training.advance();
    const { gradient, first, second, weights, ...rest } =
      training.advanceApart();
    const twice = [first, second, weights].map((both) => both.map(packed));
    const { layout } = training;
    return { ...rest, layout, gradient: packed(gradient), twice };
  },
  /** The same step with gradients of some weights opened, and in each the first and the largest of the numbers that are made of others, in turn. */
  unfold(given: {
    teaching: Teaching;
    recipe: Recipe;
    seed: number;
    steps: number;
    cells: [string, number[]][];
    depth: number;
  }) {
    const training = new Training(given.teaching, given.recipe, given.seed);
    for (let step = 1; step < given.steps; step++) training.advance();
    const { weights, questions, progress } = training.advanceApart();
    const { teaching } = given;
    const unfolding = new Unfolding(
      teaching,
      training.layout,
      weights[0],
      questions,
    );
    const opened = (spot: Spot, depth: number): object => {
      const found = unfolding.unfold(spot);
      const made = found.summands
        .flatMap(({ factors }) => factors)
        .filter(({ isMade }) => isMade)
        .sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
      const inside =
        depth === 0 ? [] : [...made.slice(0, 2), ...made.slice(-1)];
      return {
        ...found,
        spot,
        inside: inside.map((one) => opened(one, depth - 1)),
      };
    };
    return {
      norm: progress.norm,
      loss: progress.loss,
      layout: training.layout,
      opened: [
        opened(unfolding.loss, given.depth),
        ...given.cells.map(([tensor, index]) =>
          opened(unfolding.gradient(tensor, index)!, given.depth),
        ),
      ],
    };
  },
  load(given: { graph: Graph; weights: Numbers }) {
    graph = given.graph;
    const weights = new Map(
      Object.entries(given.weights).map(([name, text]) => [
        name,
        unpacked(text),
      ]),
    );
    engine = new Engine(graph, weights);
    return null;
  },
  run({ question, keep }: { question: Question; keep?: string[] }) {
    const { buffer, index } = engine.run(question, keep);
    return Object.fromEntries(
      Object.entries(index).map(([name, { shape, offset }]) => {
        const size = shape.reduce((product, length) => product * length, 1);
        return [
          name,
          { shape, data: packed(new Float32Array(buffer, 4 * offset, size)) },
        ];
      }),
    );
  },
  explain({
    question,
    cells,
  }: {
    question: Question;
    cells: [string, number[]][];
  }) {
    return cells.map(([tensor, index]) =>
      engine.explain(question, tensor, index),
    );
  },
  next({ question, sampling }: { question: Question; sampling: object }) {
    const { token, probabilities, kept, logits } = engine.next(
      question,
      sampling,
    );
    return {
      token,
      probabilities: [...probabilities],
      kept,
      logits: [...logits],
    };
  },
  latex() {
    const tensors = new Map(
      graph.tensors.map((tensor) => [tensor.name, tensor]),
    );
    const sizes = Object.fromEntries(
      Object.entries(graph.axes).flatMap(([axis, { size, grows }]) =>
        grows ? [] : [[axis, size]],
      ),
    );
    const find = (name: string) => tensors.get(name)!;
    return graph.ops.map(({ rule, inputs, output }) => {
      const { axes } = find(output);
      const operands = [...Object.values(inputs), output].map(find);
      const own: Formula = ["cell", operands.length - 1, axes];
      const setter = new Typesetter(operands, find, sizes);
      return `${setter.text(own)} = ${setter.text(rule)}`;
    });
  },
  /** Of each op of the graph: its operands' gradients as formulas; null where it has none. */
  slopes() {
    const tensors = new Map(
      graph.tensors.map((tensor) => [tensor.name, tensor]),
    );
    const find = (name: string) => tensors.get(name)!;
    return graph.ops.map(({ rule, inputs, output }) => {
      const operands = Object.values(inputs);
      try {
        const found = derivatives(rule, operands.map(find), find(output));
        return Object.fromEntries(
          [...found].map(([number, formula]) => [operands[number]!, formula]),
        );
      } catch {
        return null;
      }
    });
  },
  why: (asked: WhyAsked) => whyBy(engine, asked),
  /** A chapter for several questions, and how many milliseconds each took. */
  fill({ questions, ...filling }: Filling & { questions: number[][] }) {
    return questions.map((question) => {
      const start = performance.now();
      const said = chapterBy(engine, { ...filling, question });
      return { said, took: performance.now() - start };
    });
  },
  consequence({
    task,
    told,
    change,
  }: {
    task: Task;
    told: Questions | null;
    change: string;
  }) {
    const tensors = new Map(
      graph.tensors.map((tensor) => [tensor.name, tensor]),
    );
    return consequenceOf(
      engine,
      new Lookup(task, told),
      parseInterventions(change, (name) => tensors.get(name))!,
    );
  },
  /** What each part is needed for, found out in two halves, and how the first told its progress. */
  needed({ task, told }: { task: Task; told: Questions | null }) {
    const lookup = new Lookup(task, told);
    const progress: number[] = [];
    const middle = lookup.questions.length >> 1;
    const all = together([
      sweep(engine, lookup, [0, middle], (share) => void progress.push(share)),
      sweep(engine, lookup, [middle, lookup.questions.length]),
    ]);
    const ablations = ablationsOf(engine, lookup, all);
    return { ablations, heads: headsOf(engine, all), progress };
  },
  printed: (asked: [string, string, boolean][]) =>
    asked.map(([value, format, inMath]) => [
      formatted(Number(value), format, inMath),
      printed(Number(value), format),
    ]),
  numbers: (values: string[]) =>
    values.map((value) => latexNumber(Number(value))),
  uniform: (places: [string, number][]) =>
    places.map(([seed, position]) => uniform(BigInt(seed), position)),
  choose: (asked: [number[], object, number][]) =>
    asked.map(([logits, sampling, position]) => {
      const { token, probabilities, kept } = choose(logits, sampling, position);
      return { token, probabilities: [...probabilities], kept };
    }),
  drawn: (asked: [number[], number][]) =>
    asked.map(([all, share]) =>
      drawn(
        { probabilities: Float64Array.from(all), kept: all.map(() => true) },
        share,
      ),
    ),
  /**
   * Milliseconds for a whole run, for explaining each of the cells, and for a fixed piece of work that tells how fast the machine is:
   * the median of twenty in a row, in the quietest of many rounds.
   */
  time({
    question,
    cells,
    rounds,
  }: {
    question: Question;
    cells: [string, number[]][];
    rounds: number;
  }) {
    const quietest = (work: () => unknown): number =>
      Math.min(
        ...Array.from({ length: rounds }, () =>
          median(Array.from({ length: 20 }, () => timed(work))),
        ),
      );
    return {
      run: quietest(() => engine.run(question)),
      explain: cells.map(([tensor, index]) =>
        quietest(() => engine.explain(question, tensor, index)),
      ),
      work: quietest(fixedWork),
    };
  },
};

function fixedWork(): number {
  let sum = 0;
  for (let place = 1; place < 300_000; place++) sum += Math.sqrt(place) / place;
  return sum;
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function median(times: number[]): number {
  return times.sort((one, other) => one - other)[times.length >> 1]!;
}

/** JSON has no infinities. */
function spelledOut(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value)
    ? String(value)
    : value;
}

for await (const line of createInterface({ input: process.stdin })) {
  const [what, given] = JSON.parse(line) as [keyof typeof questions, never];
  try {
    console.log(JSON.stringify({ answer: questions[what](given) }, spelledOut));
  } catch (error) {
    console.log(
      JSON.stringify({
        error: error instanceof Error ? error.stack : String(error),
      }),
    );
  }
}
