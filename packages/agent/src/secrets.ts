/** Text that may hold an address, without the user and the password in it. */
export function withoutSecrets(text: string): string {
  return text.replaceAll(/\/\/[^@/"\s]*@/g, "//***@");
}
