/** MessagePack as Redis's lua-cmsgpack writes it, over latin1 binary strings. */
export { packText as pack, unpackText as unpack } from "@meridian/core";
