/** Spans as the exporter of OpenTelemetry takes them, sent in batches over OTLP/HTTP. What can't be sent is dropped, and told. */
import { SpanKind, SpanStatusCode, TraceFlags, type Attributes, type HrTime } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes, type Resource } from "@opentelemetry/resources";
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { agentLimits } from "../limits.js";
import { VERSION } from "../version.js";

export interface SpanText {
  traceId: string;
  spanId: string;
  parentId: string | undefined;
  name: string;
  kind: "internal" | "producer" | "consumer";
  fromMs: number;
  toMs: number;
  attributes: Attributes;
}

const KINDS = { internal: SpanKind.INTERNAL, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER };

export class Spans {
  private readonly processor: BatchSpanProcessor;
  private readonly resource: Resource;

  constructor(region: string, endpoint: string, onFailed: (reason: string) => void) {
    this.resource = resourceFromAttributes({
      "service.name": "meridian",
      "service.version": VERSION,
      "service.instance.id": region,
      "meridian.region": region,
    });
    this.processor = new BatchSpanProcessor(telling(new OTLPTraceExporter({ url: endpoint }), onFailed), {
      maxQueueSize: agentLimits.traceSpansMax,
      maxExportBatchSize: agentLimits.traceSpansBatch,
      scheduledDelayMillis: agentLimits.traceEveryMs,
      exportTimeoutMillis: agentLimits.traceSendMsMax,
    });
  }

  add(span: SpanText): void {
    this.processor.onEnd(readable(span, this.resource));
  }

  /** What waits is sent before. */
  async stop(): Promise<void> {
    await this.processor.shutdown().catch(() => undefined); // it was told
  }
}

function telling(exporter: SpanExporter, onFailed: (reason: string) => void): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined) onFailed(result.error.message);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

function readable(span: SpanText, resource: Resource): ReadableSpan {
  const { traceId, spanId, parentId, name, kind, attributes } = span;
  const context = (id: string) => ({ traceId, spanId: id, traceFlags: TraceFlags.SAMPLED });
  const toMs = Math.max(span.fromMs, span.toMs); // clocks of two machines
  return {
    name,
    kind: KINDS[kind],
    spanContext: () => context(spanId),
    ...(parentId !== undefined && { parentSpanContext: context(parentId) }),
    startTime: hrTime(span.fromMs),
    endTime: hrTime(toMs),
    status: { code: SpanStatusCode.UNSET },
    attributes,
    links: [],
    events: [],
    duration: hrTime(toMs - span.fromMs),
    ended: true,
    resource,
    instrumentationScope: { name: "meridian", version: VERSION },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - 1000 * seconds) * 1e6)];
}
