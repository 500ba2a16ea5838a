// The limiter contract on the in-process limiters.
import { createInProcessLimiter } from '../../src/coordination/in-process.ts';
import { createSlidingLimiter } from '../../src/coordination/in-process-sliding.ts';
import { describeLimiter } from './limiter-contract.ts';

describeLimiter('in-process', {
  runs: 100,
  open: () => ({ limiter: { fixed: createInProcessLimiter(), sliding: createSlidingLimiter() }, close() {} }),
});
