// The lines of miftah.yaml that send mail, as in docs/how-to/people.md.
export const mailLines = `mail:
  from: Miftah <miftah@example.com>
  smtp:
    host: smtp.example.com
    port: 587
    user: miftah
    passwordFile: /run/secrets/smtp`;
