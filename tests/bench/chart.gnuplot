# SPDX-License-Identifier: ISC
# Given: output, machine, servers, the data blocks of chart.py. Bars first, then what grows with the sessions.
set terminal svg size 1080, 900 dynamic font "sans-serif,12" background "#ffffff"
set output output
set linetype 1 lc rgb "#c2410c" lw 2.5
set linetype 2 lc rgb "#57534e" lw 1.5
set linetype 3 lc rgb "#a8a29e" lw 1.5
set linetype 4 lc rgb "#3b82b0" lw 1.2
set multiplot layout 3, 3 title machine font ",11" margins 0.10, 0.985, 0.075, 0.915 spacing 0.105, 0.075
set label 1 "orange: echocell   dark: floors   light: event loop   blue: peers" at screen 0.985, 0.012 right font ",11"
set style fill solid 1.0 noborder
unset key

set border 2 lc rgb "#78716c"
unset xtics
set ytics nomirror scale 0
set yrange [servers - 0.4 : -0.6]
set xrange [0 : *]
set offsets 0, graph 0.22, 0, 0
BARS = "using (0):1:(0):2:($1 - 0.38):($1 + 0.38):3:ytic(4) with boxxyerror lc variable, \
    '' using 2:1:5 with labels left offset 0.4, 0 font ',10'"
set title "connections/s, 8 clients"
plot $connections_8 @BARS
unset label 1
set title "CPU µs a connection, 8 clients"
plot $cpu_8 @BARS
set title "µs to the first byte, 1 client"
plot $first_byte_p50 @BARS
set title "requests/s, 1 connection"
plot $requests @BARS
set title "MiB/s there and back, 1 connection"
plot $bulk @BARS
set title "KiB (PSS) an idle session, of 1000"
plot $memory @BARS

# The axis of sessions is logarithmic, with none at all at its left end.
unset offsets
set border 3
set xrange [25 : 20000]
set yrange [* : *] noreverse
set logscale xy
set ytics auto nomirror scale 0.5
set format y "%g"
set xtics ("none" 30, "100" 100, "1000" 1000, "10 000" 10000) nomirror scale 0.5 font ",10"
set grid ytics lc rgb "#e7e5e4"
set xlabel "sessions open and idle" font ",10" offset 0, 0.5
set title "connections/s beside idle sessions"
eval "plot ".plots_rate
set title "CPU µs a connection beside them"
eval "plot ".plots_cpu_us
set title "KiB (PSS) an idle session"
eval "plot ".plots_pss_kib
unset multiplot
