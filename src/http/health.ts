// Whether this node should get requests, as anyone may ask on the public listener.

const rememberedMs = 1_000;

/**
 * Makes the question that strangers may ask as often as they like: `checkReady`, which asks the database, runs once a
 * second at most, and never twice at a time.
 *
 * @param checkReady rejects when requests should go to another node
 * @param nowMs a clock that never goes back
 */
export function createHealth(checkReady: () => Promise<void>, nowMs = () => performance.now()): () => Promise<boolean> {
  let answer: Promise<boolean> | undefined;
  let answeredAtMs = Number.POSITIVE_INFINITY;
  return function isHealthy() {
    if (answer === undefined || nowMs() - answeredAtMs >= rememberedMs) {
      answeredAtMs = Number.POSITIVE_INFINITY;
      answer = checkReady()
        .then(
          () => true,
          () => false,
        )
        .finally(() => {
          answeredAtMs = nowMs();
        });
    }
    return answer;
  };
}
