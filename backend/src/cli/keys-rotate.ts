import '../../check-node.js'; // before all else: an older Node ends here

const { parseRotationCommand, rotateKeys, rotationUsage } = await import('../auth/tokens/keys-rotation.ts');
const { TokenVault } = await import('../auth/tokens/token-vault.ts');
const { parseKeys } = await import('../auth/tokens/vault-keys.ts');
const { loadConfig } = await import('../config/env.ts');
const { print, runProgram, withDatabase } = await import('./program.ts');

await runProgram(async (args) => {
  if (parseRotationCommand(args).help) {
    print(rotationUsage);
    return 0;
  }
  const config = loadConfig();
  const vault = new TokenVault(parseKeys(config.encryptionKeys?.reveal()));
  return withDatabase(config, () => rotateKeys(vault, print));
});
