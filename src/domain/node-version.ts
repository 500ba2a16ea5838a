// Refuses an old Node.js with one clear line. The entry points of the package import it first, because what they import
// next would fail there with an error that names no fix.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  throw new Error(
    `miftah needs Node.js 22.18 or newer and this is ${process.versions.node}: install one from https://nodejs.org.`,
  );
}
