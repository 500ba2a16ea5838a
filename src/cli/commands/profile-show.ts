// `miftah profile show`: a bundled profile as the file that it is.
import type { Command } from 'commander';
import { suggestName } from '../../domain/closest-name.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { addExample } from '../options.ts';

export function addProfileShow(profile: Command): void {
  const show = profile
    .command('show')
    .description('print a bundled profile as YAML, to begin one of your own with')
    .argument('<id>', 'the id of a bundled profile, as profile list prints it')
    .action(async (id: string) => {
      const { profileIds, readBundledProfile } = await import('../../config/bundled-profiles.ts');
      const known = profileIds.find((each) => each === id);
      if (known === undefined) {
        const fix = `Name a bundled profile: ${suggestName(id, profileIds)}`;
        throw new CliError(exitCodes.notFound, 'profile_not_found', `no bundled profile has the id ${id}`, fix);
      }
      process.stdout.write(readBundledProfile(known));
    });
  addExample(show, 'miftah profile show palcards > acme.profile.yaml');
}
