// What a workflow definition looks like as JSON; the JSON Schema in schema.ts states the same.

import type { JsonObject } from "../../core/json.ts";

export type WorkflowDefinition = {
  $schema?: string;
  steps: StepDefinition[];
  inputs?: JsonObject;
  defaults?: StepDefaults;
  context?: JsonObject;
  timeout?: string;
  on_timeout?: "fail" | "suspend" | "cancel";
  on_interrupt?: "suspend" | "resume";
  on_complete?: StepDefinition;
  on_error?: StepDefinition;
  metadata?: JsonObject;
};

export type StepDefinition = {
  id: string;
  /** `action`, which is the default, or one of those in steps/types.ts. */
  type?: string;
  action?: string;
  params?: JsonObject;
  depends_on?: string[];
  condition?: string;
  timeout?: string;
  retry?: RetryPolicy;
  on_error?: ErrorHandler;
  on_interrupt?: "suspend" | "resume";
  config?: StepConfig;
};

/** What holds for steps that say nothing themselves. */
export type StepDefaults = {
  fail_on_error?: boolean;
  fail_on_error_status?: boolean;
  timeout?: string;
  retry?: RetryPolicy;
  on_error?: ErrorHandler;
};

export type RetryPolicy = {
  max: number;
  backoff?: "none" | "linear" | "exponential" | "constant";
  delay?: string;
  max_delay?: string;
};

export type ErrorHandler = {
  strategy: "ignore" | "fail_workflow" | "fallback_step" | "retry";
  fallback_step?: string;
};

export type StepConfig = JsonObject;
