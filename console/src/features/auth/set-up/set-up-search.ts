// What the page of the set-up keeps in its address: the step, after the first sign-in.
const steps = ['way', 'mail'] as const;

export type SetUpStep = (typeof steps)[number];

export function readSetUpSearch({ step }: Record<string, unknown>): { readonly step?: SetUpStep } {
  const known = steps.find((each) => each === step);
  return known === undefined ? {} : { step: known };
}
