/** What a region may be called: names go into origins (`<region>~<incarnation>`) and into comma-separated lists. */
export const REGION_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
