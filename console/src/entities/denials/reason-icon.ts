// An icon for each reason, so that a reader can scan a list.
import {
  type Icon,
  IconArrowsSplit,
  IconClockX,
  IconFlask,
  IconGauge,
  IconHourglassEmpty,
  IconKeyOff,
  IconLock,
  IconMapPinOff,
  IconPlugX,
  IconRouteOff,
  IconScissors,
  IconWorldOff,
} from '@tabler/icons-react';
import type { Reason } from './denials-api.ts';

export const reasonIcons: Readonly<Record<Reason, Icon>> = {
  credential_missing: IconKeyOff,
  credential_malformed: IconScissors,
  credential_ambiguous: IconArrowsSplit,
  key_unknown: IconKeyOff,
  key_revoked: IconKeyOff,
  key_disabled: IconKeyOff,
  key_expired: IconClockX,
  org_suspended: IconLock,
  environment_mismatch: IconFlask,
  address_not_allowed: IconMapPinOff,
  address_list_empty: IconMapPinOff,
  referrer_not_allowed: IconWorldOff,
  endpoint_not_allowed: IconRouteOff,
  scope_missing: IconLock,
  path_not_canonical: IconArrowsSplit,
  rate_limited: IconGauge,
  quota_exceeded: IconHourglassEmpty,
  unavailable: IconPlugX,
};
