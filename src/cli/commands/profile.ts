// `miftah profile`: the rules, wire and console of vendors.
import type { Command } from 'commander';
import { addProfileCheck } from './profile-check.ts';
import { addProfileList } from './profile-list.ts';
import { addProfileShow } from './profile-show.ts';
import { addProfileTry } from './profile-try.ts';

export function addProfile(program: Command): void {
  const profile = program
    .command('profile')
    .helpCommand(false)
    .description('profiles: the rules, replies and console of a vendor');
  addProfileList(profile);
  addProfileShow(profile);
  addProfileCheck(profile);
  addProfileTry(profile);
}
