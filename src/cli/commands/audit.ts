// `miftah audit`: who changed what.
import type { Command } from 'commander';
import { addAuditArchive } from './audit-archive.ts';
import { addAuditDestinations } from './audit-destinations.ts';
import { addAuditExport } from './audit-export.ts';
import { addAuditList } from './audit-list.ts';
import { addAuditVerify } from './audit-verify.ts';

export function addAudit(program: Command): void {
  const audit = program.command('audit').helpCommand(false).description('the audit log: who changed what');
  addAuditList(audit);
  addAuditExport(audit);
  addAuditArchive(audit);
  addAuditDestinations(audit);
  addAuditVerify(audit);
}
