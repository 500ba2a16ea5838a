// Registers an SDK that prints spans, for a process of `miftah serve`: node --import ./print-spans.mjs …
import { trace } from '@opentelemetry/api';
import { ConsoleSpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

const spanProcessors = [new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() })];
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
