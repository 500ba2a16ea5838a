// A progress line on a terminal, removed at the end. Shows nothing if standard error is not a terminal.
import { formatBytes } from './output.ts';

/** A progress line. */
export interface Progress {
  /** Shows a bar and `note`, by default the bytes received of the total. `total` 0: unknown, so no bar. */
  readonly update: (received: number, total: number, note?: string) => void;
  readonly end: () => void;
}

const stepMs = 100;
const width = 30;

/** Shows `waiting` until the first update. */
export function showProgress(waiting: string): Progress {
  const { stderr } = process;
  if (!stderr.isTTY) return { update: () => {}, end: () => {} };
  const write = (text: string): void => {
    stderr.write(`\r\u001b[K${text}`);
  };
  let lastMs = 0;
  write(`${waiting} …`);
  return {
    update(received, total, note = `${formatBytes(received)} of ${formatBytes(total)}`) {
      const nowMs = performance.now();
      if (nowMs - lastMs < stepMs) return;
      lastMs = nowMs;
      const share = total > 0 ? Math.min(1, received / total) : 0;
      const done = Math.round(share * width);
      const bar = '█'.repeat(done) + '░'.repeat(width - done);
      write(total > 0 ? `${bar} ${Math.floor(share * 100)} %  ${note}` : note);
    },
    end: () => write(''),
  };
}
