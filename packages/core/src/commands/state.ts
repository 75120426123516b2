/** state: who this partition is and where it stands. */
import { host, type Reply } from "../host.js";
import { FORMAT_VERSION, type Partition } from "../state/partition.js";

/** [format, region, own origin, latest stamp seen, Unix ms, [origin, stamp, ...]] */
export function describeState(partition: Partition): Reply {
  return [
    FORMAT_VERSION,
    partition.deployment.region,
    partition.origins[partition.own]!,
    host.integerText(partition.last),
    host.integerText(partition.now),
    vectorReply(partition),
  ];
}

/** [origin, stamp, ...] */
export function vectorReply(partition: Partition): Reply[] {
  const vector: Reply[] = [];
  for (const index of partition.live)
    vector.push(partition.origins[index]!, host.integerText(partition.vector[index]!));
  return vector;
}
