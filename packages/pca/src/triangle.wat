;; One step of the tridiagonalisation over the leading triangle: A -= u*qT + q*uT, and p = A*v with the new A, in 128-bit
;; vectors. `triangle-wasm.ts` holds this file assembled. Every number is made of the same operations in the same order as in
;; `testing/plain-tridiagonal.ts`: a vector is two rows side by side, so no sum is split, and no operation is fused. The same bits
;; on every machine.
;;
;; Rows stand in pairs (r, r + 1), r even: for each column j <= r the two entries side by side, then the diagonal of the second
;; and 8 bytes that mean nothing: 16 * (r + 2) bytes. u, q, v and p are plain arrays.
(module
  (memory (export "memory") 0)
  (global $u (mut i32) (i32.const 0))
  (global $q (mut i32) (i32.const 0))
  (global $v (mut i32) (i32.const 0))
  (global $p (mut i32) (i32.const 0))

  (func $entry (param $array i32) (param $at i32) (result f64)
    (f64.load (i32.add (local.get $array) (i32.shl (local.get $at) (i32.const 3)))))

  (func $two (param $array i32) (param $at i32) (result v128)
    (v128.load (i32.add (local.get $array) (i32.shl (local.get $at) (i32.const 3)))))

  (func $addTo (param $at i32) (param $value f64)
    (local $place i32)
    (local.set $place (i32.add (global.get $p) (i32.shl (local.get $at) (i32.const 3))))
    (f64.store (local.get $place) (f64.add (f64.load (local.get $place)) (local.get $value))))

  ;; The columns from $j (even) on of the pair of rows at $row, and its diagonal. $sum: the products of the columns before.
  (func $pair (param $row i32) (param $r i32) (param $j i32) (param $sum v128)
    (local $u2 v128) (local $q2 v128) (local $v2 v128) (local $x v128) (local $y v128)
    (local $pu i32) (local $pq i32) (local $pv i32) (local $pp i32)
    (local $a f64) (local $b f64) (local $c f64)
    (local.set $u2 (call $two (global.get $u) (local.get $r)))
    (local.set $q2 (call $two (global.get $q) (local.get $r)))
    (local.set $v2 (call $two (global.get $v) (local.get $r)))
    (local.set $pu (i32.shl (local.get $j) (i32.const 3)))
    (local.set $pq (i32.add (global.get $q) (local.get $pu)))
    (local.set $pv (i32.add (global.get $v) (local.get $pu)))
    (local.set $pp (i32.add (global.get $p) (local.get $pu)))
    (local.set $pu (i32.add (global.get $u) (local.get $pu)))
    (local.set $row (i32.add (local.get $row) (i32.shl (local.get $j) (i32.const 4))))
    (block $done
      (loop $columns
        (br_if $done (i32.ge_s (local.get $j) (local.get $r)))
        (local.set $x (f64x2.sub (v128.load (local.get $row)) (f64x2.add
          (f64x2.mul (local.get $u2) (v128.load64_splat (local.get $pq)))
          (f64x2.mul (local.get $q2) (v128.load64_splat (local.get $pu))))))
        (local.set $y (f64x2.sub (v128.load offset=16 (local.get $row)) (f64x2.add
          (f64x2.mul (local.get $u2) (v128.load64_splat offset=8 (local.get $pq)))
          (f64x2.mul (local.get $q2) (v128.load64_splat offset=8 (local.get $pu))))))
        (v128.store (local.get $row) (local.get $x))
        (v128.store offset=16 (local.get $row) (local.get $y))
        (local.set $sum (f64x2.add
          (f64x2.add (local.get $sum) (f64x2.mul (local.get $x) (v128.load64_splat (local.get $pv))))
          (f64x2.mul (local.get $y) (v128.load64_splat offset=8 (local.get $pv)))))
        (local.set $x (f64x2.mul (local.get $x) (local.get $v2)))
        (local.set $y (f64x2.mul (local.get $y) (local.get $v2)))
        (v128.store (local.get $pp) (f64x2.add (v128.load (local.get $pp)) (f64x2.add
          (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $x) (local.get $y))
          (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $x) (local.get $y)))))
        (local.set $row (i32.add (local.get $row) (i32.const 32)))
        (local.set $pu (i32.add (local.get $pu) (i32.const 16)))
        (local.set $pq (i32.add (local.get $pq) (i32.const 16)))
        (local.set $pv (i32.add (local.get $pv) (i32.const 16)))
        (local.set $pp (i32.add (local.get $pp) (i32.const 16)))
        (local.set $j (i32.add (local.get $j) (i32.const 2)))
        (br $columns)))
    ;; a: row r, column r; b: row r + 1, column r; c: row r + 1, column r + 1.
    (local.set $a (f64.sub (f64.load (local.get $row))
      (f64.mul (f64.mul (f64.const 2) (f64x2.extract_lane 0 (local.get $u2))) (f64x2.extract_lane 0 (local.get $q2)))))
    (local.set $b (f64.sub (f64.load offset=8 (local.get $row)) (f64.add
      (f64.mul (f64x2.extract_lane 1 (local.get $u2)) (f64x2.extract_lane 0 (local.get $q2)))
      (f64.mul (f64x2.extract_lane 1 (local.get $q2)) (f64x2.extract_lane 0 (local.get $u2))))))
    (local.set $c (f64.sub (f64.load offset=16 (local.get $row))
      (f64.mul (f64.mul (f64.const 2) (f64x2.extract_lane 1 (local.get $u2))) (f64x2.extract_lane 1 (local.get $q2)))))
    (f64.store (local.get $row) (local.get $a))
    (f64.store offset=8 (local.get $row) (local.get $b))
    (f64.store offset=16 (local.get $row) (local.get $c))
    (call $addTo (local.get $r) (f64.add
      (f64.add (f64x2.extract_lane 0 (local.get $sum)) (f64.mul (local.get $a) (f64x2.extract_lane 0 (local.get $v2))))
      (f64.mul (local.get $b) (f64x2.extract_lane 1 (local.get $v2)))))
    (call $addTo (i32.add (local.get $r) (i32.const 1)) (f64.add
      (f64.add (f64x2.extract_lane 1 (local.get $sum)) (f64.mul (local.get $b) (f64x2.extract_lane 0 (local.get $v2))))
      (f64.mul (local.get $c) (f64x2.extract_lane 1 (local.get $v2))))))

  ;; Four rows: the pair at $row and the one behind it share the columns before $r.
  (func $four (param $row i32) (param $r i32)
    (local $next i32) (local $at i32) (local $last i32) (local $offset i32)
    (local $u2 v128) (local $q2 v128) (local $v2 v128) (local $sum v128)
    (local $u4 v128) (local $q4 v128) (local $v4 v128) (local $more v128)
    (local $x v128) (local $y v128) (local $z v128) (local $w v128)
    (local $pu i32) (local $pq i32) (local $pv i32) (local $pp i32)
    (local.set $u2 (call $two (global.get $u) (local.get $r)))
    (local.set $q2 (call $two (global.get $q) (local.get $r)))
    (local.set $v2 (call $two (global.get $v) (local.get $r)))
    (local.set $u4 (call $two (global.get $u) (i32.add (local.get $r) (i32.const 2))))
    (local.set $q4 (call $two (global.get $q) (i32.add (local.get $r) (i32.const 2))))
    (local.set $v4 (call $two (global.get $v) (i32.add (local.get $r) (i32.const 2))))
    (local.set $offset (i32.shl (i32.add (local.get $r) (i32.const 2)) (i32.const 4)))
    (local.set $next (i32.add (local.get $row) (local.get $offset)))
    (local.set $at (local.get $row))
    (local.set $last (i32.add (local.get $row) (i32.shl (local.get $r) (i32.const 4))))
    (local.set $pu (global.get $u))
    (local.set $pq (global.get $q))
    (local.set $pv (global.get $v))
    (local.set $pp (global.get $p))
    (block $done
      (loop $columns
        (br_if $done (i32.ge_u (local.get $at) (local.get $last)))
        (local.set $x (f64x2.sub (v128.load (local.get $at)) (f64x2.add
          (f64x2.mul (local.get $u2) (v128.load64_splat (local.get $pq)))
          (f64x2.mul (local.get $q2) (v128.load64_splat (local.get $pu))))))
        (local.set $y (f64x2.sub (v128.load offset=16 (local.get $at)) (f64x2.add
          (f64x2.mul (local.get $u2) (v128.load64_splat offset=8 (local.get $pq)))
          (f64x2.mul (local.get $q2) (v128.load64_splat offset=8 (local.get $pu))))))
        (local.set $next (i32.add (local.get $at) (local.get $offset)))
        (local.set $z (f64x2.sub (v128.load (local.get $next)) (f64x2.add
          (f64x2.mul (local.get $u4) (v128.load64_splat (local.get $pq)))
          (f64x2.mul (local.get $q4) (v128.load64_splat (local.get $pu))))))
        (local.set $w (f64x2.sub (v128.load offset=16 (local.get $next)) (f64x2.add
          (f64x2.mul (local.get $u4) (v128.load64_splat offset=8 (local.get $pq)))
          (f64x2.mul (local.get $q4) (v128.load64_splat offset=8 (local.get $pu))))))
        (v128.store (local.get $at) (local.get $x))
        (v128.store offset=16 (local.get $at) (local.get $y))
        (v128.store (local.get $next) (local.get $z))
        (v128.store offset=16 (local.get $next) (local.get $w))
        (local.set $sum (f64x2.add
          (f64x2.add (local.get $sum) (f64x2.mul (local.get $x) (v128.load64_splat (local.get $pv))))
          (f64x2.mul (local.get $y) (v128.load64_splat offset=8 (local.get $pv)))))
        (local.set $more (f64x2.add
          (f64x2.add (local.get $more) (f64x2.mul (local.get $z) (v128.load64_splat (local.get $pv))))
          (f64x2.mul (local.get $w) (v128.load64_splat offset=8 (local.get $pv)))))
        (local.set $x (f64x2.mul (local.get $x) (local.get $v2)))
        (local.set $y (f64x2.mul (local.get $y) (local.get $v2)))
        (local.set $z (f64x2.mul (local.get $z) (local.get $v4)))
        (local.set $w (f64x2.mul (local.get $w) (local.get $v4)))
        (v128.store (local.get $pp) (f64x2.add
          (f64x2.add (v128.load (local.get $pp)) (f64x2.add
            (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $x) (local.get $y))
            (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $x) (local.get $y))))
          (f64x2.add
            (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $z) (local.get $w))
            (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $z) (local.get $w)))))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (local.set $pu (i32.add (local.get $pu) (i32.const 16)))
        (local.set $pq (i32.add (local.get $pq) (i32.const 16)))
        (local.set $pv (i32.add (local.get $pv) (i32.const 16)))
        (local.set $pp (i32.add (local.get $pp) (i32.const 16)))
        (br $columns)))
    (call $pair (local.get $row) (local.get $r) (local.get $r) (local.get $sum))
    (call $pair (i32.add (local.get $row) (local.get $offset)) (i32.add (local.get $r) (i32.const 2)) (local.get $r)
      (local.get $more)))

  ;; The first row of the pair at $row; the second is no longer of the triangle, and stays as it is.
  (func $one (param $row i32) (param $r i32)
    (local $ur f64) (local $qr f64) (local $vr f64) (local $sum f64) (local $a f64) (local $j i32)
    (local.set $ur (call $entry (global.get $u) (local.get $r)))
    (local.set $qr (call $entry (global.get $q) (local.get $r)))
    (local.set $vr (call $entry (global.get $v) (local.get $r)))
    (loop $columns
      (local.set $a (f64.sub (f64.load (local.get $row)) (f64.add
        (f64.mul (local.get $ur) (call $entry (global.get $q) (local.get $j)))
        (f64.mul (local.get $qr) (call $entry (global.get $u) (local.get $j))))))
      (f64.store (local.get $row) (local.get $a))
      (if (i32.lt_u (local.get $j) (local.get $r))
        (then
          (local.set $sum (f64.add (local.get $sum)
            (f64.mul (local.get $a) (call $entry (global.get $v) (local.get $j)))))
          (call $addTo (local.get $j) (f64.mul (local.get $a) (local.get $vr)))))
      (local.set $row (i32.add (local.get $row) (i32.const 16)))
      (local.set $j (i32.add (local.get $j) (i32.const 1)))
      (br_if $columns (i32.le_u (local.get $j) (local.get $r))))
    (call $addTo (local.get $r) (f64.add (local.get $sum) (f64.mul (local.get $a) (local.get $vr)))))

  ;; The whole step for the leading $size rows of the pairs at $rows. p is written, u, q and v are read, all [$size].
  (func (export "step")
    (param $rows i32) (param $size i32) (param $pu i32) (param $pq i32) (param $pv i32) (param $pp i32)
    (local $r i32)
    (global.set $u (local.get $pu))
    (global.set $q (local.get $pq))
    (global.set $v (local.get $pv))
    (global.set $p (local.get $pp))
    (block $cleared
      (loop $clear
        (br_if $cleared (i32.ge_u (local.get $r) (local.get $size)))
        (f64.store (i32.add (local.get $pp) (i32.shl (local.get $r) (i32.const 3))) (f64.const 0))
        (local.set $r (i32.add (local.get $r) (i32.const 1)))
        (br $clear)))
    (local.set $r (i32.const 0))
    (block $foursDone
      (loop $fours
        (br_if $foursDone (i32.gt_u (i32.add (local.get $r) (i32.const 4)) (local.get $size)))
        (call $four (local.get $rows) (local.get $r))
        (local.set $rows (i32.add (local.get $rows)
          (i32.shl (i32.add (i32.shl (local.get $r) (i32.const 1)) (i32.const 6)) (i32.const 4))))
        (local.set $r (i32.add (local.get $r) (i32.const 4)))
        (br $fours)))
    (if (i32.le_u (i32.add (local.get $r) (i32.const 2)) (local.get $size))
      (then
        (call $pair (local.get $rows) (local.get $r) (i32.const 0) (v128.const f64x2 0 0))
        (local.set $rows (i32.add (local.get $rows) (i32.shl (i32.add (local.get $r) (i32.const 2)) (i32.const 4))))
        (local.set $r (i32.add (local.get $r) (i32.const 2)))))
    (if (i32.lt_u (local.get $r) (local.get $size))
      (then (call $one (local.get $rows) (local.get $r))))))
