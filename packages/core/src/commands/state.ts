/** state: who this partition is and where it stands. */
import { host, type Reply } from "../host.js";
import { FORMAT_VERSION, type Partition } from "../state/partition.js";

/** [format, region, own origin, latest stamp seen, Unix ms, [origin, stamp, ...]] */
export function describeState(partition: Partition): Reply {
  return [
    FORMAT_VERSION,
    partition.region,
    partition.origins[partition.own]!,
    host.integerText(partition.last),
    host.integerText(partition.now),
    vectorReply(partition),
  ];
}

/** [origin, stamp, ...] */
export function vectorReply(partition: Partition): Reply[] {
  const vector: Reply[] = [];
  for (let index = 1; index < partition.origins.length; index++) {
    const stamp = partition.vector[index];
    if (stamp !== undefined) vector.push(partition.origins[index]!, host.integerText(stamp));
  }
  return vector;
}
