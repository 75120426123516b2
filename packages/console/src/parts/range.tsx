/** A number chosen by a slider, with its name and its value as text. */
import { Slider } from "radix-ui";
import { useId } from "react";
import "./range.css";

export interface RangeProps {
  label: string;
  value: number;
  max: number;
  step: number;
  /** The value as people read it. */
  text: string;
  onValue: (value: number) => void;
  /** When it is let go. */
  onEnd: (value: number) => void;
}

export function Range({ label, value, max, step, text, onValue, onEnd }: RangeProps) {
  const id = useId();
  return (
    <div className="range">
      <span id={id}>{label}</span>
      <output>{text}</output>
      <Slider.Root
        className="range-root"
        value={[value]}
        max={max}
        step={step}
        onValueChange={([next]) => next !== undefined && onValue(next)}
        onValueCommit={([next]) => next !== undefined && onEnd(next)}
      >
        <Slider.Track className="range-track">
          <Slider.Range className="range-filled" />
        </Slider.Track>
        <Slider.Thumb className="range-thumb" aria-labelledby={id} aria-valuetext={text} />
      </Slider.Root>
    </div>
  );
}
