/** Every bound of certificates. Times in milliseconds. */
export const tlsLimits = {
  /** How often their files are looked at. */
  certificateCheckMs: 1_000,
} as const;
