// What miftah.yaml needs so that mails reach people, as docs/how-to/people.md has it.
export const mailLines = `mail:
  from: Miftah <miftah@example.com>
  smtp:
    host: smtp.example.com
    port: 587
    user: miftah
    passwordFile: /run/secrets/smtp`;
