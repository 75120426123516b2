/** A property that did not hold. */
export class Failure extends Error {
  readonly property: string;
  constructor(property: string, message: string) {
    super(`${property}: ${message}`);
    this.name = "Failure";
    this.property = property;
  }
}

export function text(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    item instanceof Map ? [...(item as Map<unknown, unknown>)] : item,
  );
}
