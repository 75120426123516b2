/** A connection of its own to another agent, for one call: over mutual TLS where links are. */
import { Client, credentials } from "@grpc/grpc-js";
import { dnsNameOf } from "./certified-names.js";
import type { LinkError } from "./errors.js";
import { linkLimits } from "./limits.js";
import type { Identity, LinkOptions } from "./types.js";

export interface ChannelOptions {
  readonly peer: string;
  /** host:port */
  readonly address: string;
  readonly identity: Identity;
  readonly link: LinkOptions;
  /** HTTP/2 flow control: so much may be on its way to us. */
  readonly windowBytes: number;
  /** Who answered is certified, but as somebody else. */
  readonly onRefusal: (refusal: LinkError) => void;
}

export function openChannel({ peer, address, identity, link, windowBytes, onRefusal }: ChannelOptions): Client {
  const options = {
    "grpc-node.flow_control_window": windowBytes,
    "grpc.max_receive_message_length": linkLimits.messageBytesMax,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_retries": 0,
    "grpc.enable_http_proxy": 0,
    "grpc.enable_channelz": 0,
  } as const;
  if (link.certificates === undefined) return new Client(address, credentials.createInsecure(), options);
  const region = { namespace: identity.namespace, region: peer };
  return new Client(address, link.certificates.channelCredentials(region, onRefusal), {
    ...options,
    "grpc.ssl_target_name_override": dnsNameOf(region), // for proxies that go by it; an address would be against RFC 6066
  });
}
