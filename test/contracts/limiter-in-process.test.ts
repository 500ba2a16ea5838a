// The contract of limiters, kept by the in-process one.
import { createInProcessLimiter } from '../../src/coordination/in-process.ts';
import { describeLimiter } from './limiter-contract.ts';

describeLimiter('in-process', {
  runs: 100,
  open: () => ({ limiter: createInProcessLimiter(), close() {} }),
});
