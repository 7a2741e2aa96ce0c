import { parseRotationCommand, rotateKeys, rotationUsage } from '../auth/keys-rotation.ts';
import { TokenVault } from '../auth/token-vault.ts';
import { parseKeys } from '../auth/vault-keys.ts';
import { loadConfig } from '../config/env.ts';
import { print, runProgram, withDatabase } from './program.ts';

await runProgram(async (args) => {
  if (parseRotationCommand(args).help) {
    print(rotationUsage);
    return 0;
  }
  const config = loadConfig();
  const vault = new TokenVault(parseKeys(config.encryptionKeys?.reveal()));
  return withDatabase(config, () => rotateKeys(vault, print));
});
