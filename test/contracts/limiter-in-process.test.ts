// The limiter contract on the in-process limiter.
import { createInProcessLimiter } from '../../src/coordination/in-process.ts';
import { describeLimiter } from './limiter-contract.ts';

describeLimiter('in-process', {
  runs: 100,
  open: () => ({ limiter: createInProcessLimiter(), close() {} }),
});
