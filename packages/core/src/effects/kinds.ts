/** The types whose values have parts (state/kind.ts), each made known to the layers below. */
import { kinds } from "../state/kind.js";
import { hashKind } from "./hash.js";
import { listKind } from "./list.js";
import { setKind } from "./set.js";
import { sketchKind } from "./sketch.js";
import { sortedSetKind } from "./sorted-set.js";
import { streamKind } from "./stream-kind.js";

kinds["h"] = hashKind;
kinds["e"] = setKind;
kinds["z"] = sortedSetKind;
kinds["x"] = streamKind;
kinds["p"] = sketchKind;
kinds["l"] = listKind;
