// A thread that attacks parsers with changed inputs. An input that reaches a new block of the parser's source is
// changed further.
import { Session } from 'node:inspector';
import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { createRandom, type Random } from '../simulation/random.ts';
import { type AttackedParser, attackedParsers, WrongAccept } from './parsers.ts';

export interface ParserTask {
  readonly name: string;
  readonly inputs: number;
  readonly seed: number;
}

export interface ParserReport {
  readonly name: string;
  readonly inputs: number;
  readonly accepted: number;
  /** Inputs that reached a new block of the parser's source. */
  readonly found: number;
  /** The first problems, each with its input, at most ten of each kind. */
  readonly crashes: readonly string[];
  readonly wrongAccepts: readonly string[];
  readonly heapGrowthBytes: number;
  readonly tookMs: number;
}

v8.setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function readHeap(): number {
  for (let round = 0; round < 3; round++) collectGarbage();
  return v8.getHeapStatistics().used_heap_size;
}

const unusualParts = [
  '\u0000',
  '\t',
  '\n',
  '\r',
  ' ',
  '"',
  '%',
  '\x7f',
  '\x80',
  '\xff',
  '\ufeff',
  '\ud800',
  '\uffff',
  '\u2028',
  '٠',
];

function mutate(random: Random, { words, maxLength }: AttackedParser, corpus: readonly string[]): string {
  let text = random.pick(corpus);
  const steps = 1 + random.below(4);
  for (let step = 0; step < steps; step++) {
    const at = random.below(text.length + 1);
    const length = 1 + random.below(random.chance(0.8) ? 4 : 40);
    switch (random.below(9)) {
      case 0:
        text = text.slice(0, at) + random.pick(words) + text.slice(at);
        break;
      case 1:
        text = text.slice(0, at) + text.slice(at + length);
        break;
      case 2:
        text = text.slice(0, at) + random.pick(words) + text.slice(at + length);
        break;
      case 3:
        text =
          text.slice(0, at) + String.fromCharCode(random.below(random.chance(0.9) ? 128 : 256)) + text.slice(at + 1);
        break;
      case 4:
        text = text.slice(0, at) + random.pick(unusualParts) + text.slice(at);
        break;
      case 5:
        text = text.slice(0, at + length) + text.slice(at);
        break;
      case 6: {
        const other = random.pick(corpus);
        text = text.slice(0, at) + other.slice(random.below(other.length + 1));
        break;
      }
      case 7:
        text =
          text.slice(0, at) +
          random.pick(words).repeat(1 + random.below(random.chance(0.98) ? 4 : 200)) +
          text.slice(at);
        break;
      default:
        text = random.chance(0.5) ? text.toUpperCase() : text.toLowerCase();
    }
  }
  return text.length > maxLength ? text.slice(0, maxLength) : text;
}

/** The outcomes of the inputs so far. */
class Trial {
  readonly #parser: AttackedParser;
  readonly crashes: string[] = [];
  readonly wrongAccepts: string[] = [];
  accepted = 0;

  constructor(parser: AttackedParser) {
    this.#parser = parser;
  }

  /** Runs all inputs. A synchronous parser costs no turn of the event loop. */
  async run(inputs: readonly string[]): Promise<void> {
    for (const input of inputs) {
      try {
        const outcome = this.#parser.run(input);
        if ((typeof outcome === 'string' ? outcome : await outcome) === 'accepted') this.accepted++;
      } catch (error) {
        this.#note(input, error);
      }
    }
  }

  #note(input: string, error: unknown): void {
    const isOracle = error instanceof WrongAccept || (error as { code?: unknown }).code === 'ERR_ASSERTION';
    const list = isOracle ? this.wrongAccepts : this.crashes;
    const said = error instanceof Error ? error.message : String(error);
    if (list.length < 10) list.push(`${JSON.stringify(input)}: ${said}`);
  }
}

/** Reports which blocks of the parser's sources ran since the last call. */
function openCoverage({ sources }: AttackedParser): { take(): readonly string[]; close(): void } {
  const session = new Session();
  session.connect();
  const post = <Result>(method: string, parameters?: object): Result => {
    let result: Result | undefined;
    session.post(method, parameters, (error: Error | null, answer: unknown) => {
      if (error !== null) throw error;
      result = answer as Result;
    });
    return result as Result;
  };
  interface Range {
    readonly startOffset: number;
    readonly endOffset: number;
    readonly count: number;
  }
  post('Profiler.enable');
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return {
    take() {
      const { result } = post<{
        result: { url: string; functions: { ranges: Range[] }[] }[];
      }>('Profiler.takePreciseCoverage');
      return result
        .filter(({ url }) => sources.some((source) => url.includes(`/src/${source}`)))
        .flatMap(({ url, functions }) =>
          functions.flatMap(({ ranges }) =>
            ranges
              .filter(({ count }) => count > 0)
              .map(({ startOffset, endOffset }) => `${url}:${startOffset}-${endOffset}`),
          ),
        );
    },
    close() {
      post('Profiler.stopPreciseCoverage');
      post('Profiler.disable');
      session.disconnect();
    },
  };
}

const batchSize = 64;

async function attack({ name, inputs, seed }: ParserTask): Promise<ParserReport> {
  const parser = attackedParsers.find((each) => each.name === name) as AttackedParser;
  const random = createRandom(seed);
  const corpus = [...parser.seeds];
  const trial = new Trial(parser);
  const startedMs = performance.now();
  let done = 0;
  let found = 0;
  const makeBatch = () => Array.from({ length: batchSize }, () => mutate(random, parser, corpus));

  await trial.run(parser.seeds);
  // Coverage slows a parser down. The first part finds inputs worth changing, the rest changes them.
  const guided = Math.min(Math.floor(inputs / 10), 100_000);
  const coverage = openCoverage(parser);
  await trial.run(parser.seeds);
  const seen = new Set(coverage.take());
  const isNew = (block: string): boolean => !seen.has(block);
  while (done < guided) {
    const batch = makeBatch();
    await trial.run(batch);
    done += batch.length;
    if (!coverage.take().some(isNew)) continue;
    for (const input of batch) {
      await trial.run([input]);
      const blocks = coverage.take().filter(isNew);
      if (blocks.length === 0) continue;
      found++;
      corpus.push(input);
      for (const block of blocks) seen.add(block);
    }
  }
  coverage.close();

  let heapBytes = readHeap();
  const warmAt = done + Math.floor((inputs - done) / 5);
  let isWarm = false;
  while (done < inputs) {
    const batch = makeBatch();
    await trial.run(batch);
    done += batch.length;
    if (isWarm || done < warmAt) continue;
    isWarm = true;
    heapBytes = readHeap();
  }
  const heapGrowthBytes = readHeap() - heapBytes;
  parser.close?.();
  const { accepted, crashes, wrongAccepts } = trial;
  const tookMs = Math.round(performance.now() - startedMs);
  return { name, inputs: done, accepted, found, crashes, wrongAccepts, heapGrowthBytes, tookMs };
}

const port = parentPort as MessagePort;
port.on('message', (task: ParserTask) => void attack(task).then((report) => port.postMessage(report)));
