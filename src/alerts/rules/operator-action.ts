// What only operators do, and what would help an intruder most.
import { coolDown, entryRule } from '../rule.ts';

export const operatorAction = entryRule({
  id: 'operator_action',
  text: 'Someone adds an operator, makes a token, deletes an organization or a person, or restores a backup.',
  subject: 'installation',
  isOnByDefault: false,
  settings: { coolDownHours: coolDown(1) },
  actions: [
    'operator.added',
    'token.created',
    'org.deleted',
    'person.deleted',
    'database.restored',
    'database.backed_up',
  ],
  check: ({ action, address }) => ({
    variant: action,
    counts: { actions: 1 },
    addresses: address === null ? [] : [{ address, count: 1, refused: 0 }],
    words: [action],
  }),
});
