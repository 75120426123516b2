/** The style that adds nothing, for tests of what is printed. */
import { styleFor, type Style } from "@meridian/agent/api";

export const noStyle: Style = styleFor({ isTTY: false });
