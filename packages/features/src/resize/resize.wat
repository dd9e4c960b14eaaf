;; Both passes of Pillow's resize, 22-bit fixed-point weights, in 128-bit vectors. `resize-wasm.ts` holds this file assembled.
;;
;; A weight w stands as two signed 16-bit numbers, w = high * 2^11 + low with 0 <= low < 2^11, so that one
;; i32x4.dot_i16x8_s adds two taps of four outputs. Sums wrap modulo 2^32, as Pillow's do.
;; A table row is, for one output: first input (i32), then for each four taps the pairs
;; (high 0, 1) (high 2, 3) (low 0, 1) (low 2, 3), 16 bytes.
(module
  (memory (export "memory") 1)

  ;; Four sums (high, low) as bytes in four lanes: shifted with their sign, then clipped.
  (func $bytes (param $high v128) (param $low v128) (result v128)
    (i32x4.shr_s
      (i32x4.add (i32x4.shl (local.get $high) (i32.const 11)) (local.get $low))
      (i32.const 22)))

  ;; Each of `rows` rows of RGB pixels, `rowBytes` long, to `outputs` pixels. Reads up to four pixels and 4 bytes, and
  ;; writes 1 byte, too far.
  (func (export "horizontal")
    (param $in i32) (param $out i32) (param $table i32) (param $groups i32)
    (param $outputs i32) (param $rowBytes i32) (param $rows i32)
    (local $at i32) (local $row i32) (local $x i32) (local $group i32)
    (local $pixels v128) (local $near v128) (local $far v128) (local $high v128) (local $low v128)
    (loop $eachRow
      (local.set $row (local.get $table))
      (local.set $x (local.get $outputs))
      (loop $eachPixel
        (local.set $at
          (i32.add (local.get $in) (i32.mul (i32.load (local.get $row)) (i32.const 3))))
        (local.set $row (i32.add (local.get $row) (i32.const 4)))
        (local.set $high (v128.const i32x4 0 0 0 0))
        (local.set $low (v128.const i32x4 0x200000 0x200000 0x200000 0x200000))
        (local.set $group (local.get $groups))
        (loop $eachGroup
          ;; Four pixels: red, green and blue of taps 0 and 1, then of taps 2 and 3.
          (local.set $pixels (v128.load (local.get $at)))
          (local.set $pixels
            (i8x16.shuffle 0 3 1 4 2 5 0 0 6 9 7 10 8 11 0 0 (local.get $pixels) (local.get $pixels)))
          (local.set $near (i16x8.extend_low_i8x16_u (local.get $pixels)))
          (local.set $far (i16x8.extend_high_i8x16_u (local.get $pixels)))
          (local.set $high (i32x4.add (local.get $high)
            (i32x4.dot_i16x8_s (local.get $near) (v128.load32_splat (local.get $row)))))
          (local.set $low (i32x4.add (local.get $low)
            (i32x4.dot_i16x8_s (local.get $near) (v128.load32_splat offset=8 (local.get $row)))))
          (local.set $high (i32x4.add (local.get $high)
            (i32x4.dot_i16x8_s (local.get $far) (v128.load32_splat offset=4 (local.get $row)))))
          (local.set $low (i32x4.add (local.get $low)
            (i32x4.dot_i16x8_s (local.get $far) (v128.load32_splat offset=12 (local.get $row)))))
          (local.set $at (i32.add (local.get $at) (i32.const 12)))
          (local.set $row (i32.add (local.get $row) (i32.const 16)))
          (br_if $eachGroup (local.tee $group (i32.sub (local.get $group) (i32.const 1)))))
        (local.set $high (call $bytes (local.get $high) (local.get $low)))
        (local.set $high (i16x8.narrow_i32x4_s (local.get $high) (local.get $high)))
        ;; The fourth byte is written over by the next pixel.
        (i32.store (local.get $out)
          (i32x4.extract_lane 0 (i8x16.narrow_i16x8_u (local.get $high) (local.get $high))))
        (local.set $out (i32.add (local.get $out) (i32.const 3)))
        (br_if $eachPixel (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))
      (local.set $in (i32.add (local.get $in) (local.get $rowBytes)))
      (br_if $eachRow (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  ;; Rows that are `rowBytes` long to `outputs` rows. `base` is the input row at `in`. Reads up to three rows and 16 bytes, and
  ;; writes up to 15 bytes, too far.
  (func (export "vertical")
    (param $in i32) (param $out i32) (param $table i32) (param $groups i32)
    (param $outputs i32) (param $rowBytes i32) (param $base i32)
    (local $top i32) (local $at i32) (local $weights i32) (local $x i32) (local $pair i32) (local $next i32)
    (local $one v128) (local $two v128) (local $taps v128) (local $wHigh v128) (local $wLow v128)
    (local $h0 v128) (local $h1 v128) (local $h2 v128) (local $h3 v128)
    (local $l0 v128) (local $l1 v128) (local $l2 v128) (local $l3 v128)
    (loop $eachOutput
      (local.set $top (i32.add (local.get $in)
        (i32.mul (i32.sub (i32.load (local.get $table)) (local.get $base)) (local.get $rowBytes))))
      (local.set $table (i32.add (local.get $table) (i32.const 4)))
      (local.set $x (i32.const 0))
      (loop $eachSixteen
        (local.set $at (i32.add (local.get $top) (local.get $x)))
        (local.set $weights (local.get $table))
        (local.set $h0 (v128.const i32x4 0 0 0 0))
        (local.set $h1 (local.get $h0))
        (local.set $h2 (local.get $h0))
        (local.set $h3 (local.get $h0))
        (local.set $l0 (v128.const i32x4 0x200000 0x200000 0x200000 0x200000))
        (local.set $l1 (local.get $l0))
        (local.set $l2 (local.get $l0))
        (local.set $l3 (local.get $l0))
        (local.set $pair (i32.shl (local.get $groups) (i32.const 1)))
        (loop $eachPair
          (local.set $next (i32.add (local.get $at) (local.get $rowBytes)))
          (local.set $one (v128.load (local.get $at)))
          (local.set $two (v128.load (local.get $next)))
          (local.set $wHigh (v128.load32_splat (local.get $weights)))
          (local.set $wLow (v128.load32_splat offset=8 (local.get $weights)))
          (local.set $taps (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23 (local.get $one) (local.get $two)))
          (local.set $two (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31 (local.get $one) (local.get $two)))
          (local.set $one (i16x8.extend_low_i8x16_u (local.get $taps)))
          (local.set $h0 (i32x4.add (local.get $h0) (i32x4.dot_i16x8_s (local.get $one) (local.get $wHigh))))
          (local.set $l0 (i32x4.add (local.get $l0) (i32x4.dot_i16x8_s (local.get $one) (local.get $wLow))))
          (local.set $one (i16x8.extend_high_i8x16_u (local.get $taps)))
          (local.set $h1 (i32x4.add (local.get $h1) (i32x4.dot_i16x8_s (local.get $one) (local.get $wHigh))))
          (local.set $l1 (i32x4.add (local.get $l1) (i32x4.dot_i16x8_s (local.get $one) (local.get $wLow))))
          (local.set $one (i16x8.extend_low_i8x16_u (local.get $two)))
          (local.set $h2 (i32x4.add (local.get $h2) (i32x4.dot_i16x8_s (local.get $one) (local.get $wHigh))))
          (local.set $l2 (i32x4.add (local.get $l2) (i32x4.dot_i16x8_s (local.get $one) (local.get $wLow))))
          (local.set $one (i16x8.extend_high_i8x16_u (local.get $two)))
          (local.set $h3 (i32x4.add (local.get $h3) (i32x4.dot_i16x8_s (local.get $one) (local.get $wHigh))))
          (local.set $l3 (i32x4.add (local.get $l3) (i32x4.dot_i16x8_s (local.get $one) (local.get $wLow))))
          (local.set $at (i32.add (local.get $next) (local.get $rowBytes)))
          ;; Pairs 0 and 1 of a group stand 4 bytes apart, groups 16.
          (local.set $weights (i32.add (local.get $weights)
            (select (i32.const 12) (i32.const 4) (i32.and (local.get $pair) (i32.const 1)))))
          (br_if $eachPair (local.tee $pair (i32.sub (local.get $pair) (i32.const 1)))))
        (v128.store (i32.add (local.get $out) (local.get $x))
          (i8x16.narrow_i16x8_u
            (i16x8.narrow_i32x4_s
              (call $bytes (local.get $h0) (local.get $l0)) (call $bytes (local.get $h1) (local.get $l1)))
            (i16x8.narrow_i32x4_s
              (call $bytes (local.get $h2) (local.get $l2)) (call $bytes (local.get $h3) (local.get $l3)))))
        (br_if $eachSixteen
          (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 16))) (local.get $rowBytes))))
      (local.set $out (i32.add (local.get $out) (local.get $rowBytes)))
      (local.set $table (i32.add (local.get $table) (i32.shl (local.get $groups) (i32.const 4))))
      (br_if $eachOutput (local.tee $outputs (i32.sub (local.get $outputs) (i32.const 1)))))))
