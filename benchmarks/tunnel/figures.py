#!/usr/bin/env python3
"""Reads what the loads left behind, and writes the table and the plots. Used by run.

about ROOT COMMAND      one JSON line about the machine and the command
record PEER FOLDER      one JSON line with the figures of a run, whose outputs are in FOLDER
failure PEER REASON     one JSON line in place of them
lossless FILE           exit status 0 where a UDP load lost less than 1 %
report FILE...          the table in Markdown; plots beside the first file
"""
import datetime
import json
import math
import os
import platform
import re
import statistics
import subprocess
import sys

# Key and heading.
BASIC = [
    ('tcp_gbit', 'TCP Gbit/s'), ('tcp_4_gbit', '4 streams'), ('tcp_reverse_gbit', 'reverse'),
    ('rtt_p50_ms', 'RTT p50 ms'), ('rtt_p99_ms', 'RTT p99 ms'), ('cold_p99_ms', 'cold p99 ms'),
    ('ping_loss_percent', 'ping loss %'), ('udp_1g_loss_percent', 'UDP 1 Gbit/s loss %'),
    ('udp_most_gbit', 'UDP < 1 % loss Gbit/s'), ('cpu_s_per_gb', 'tunnel CPU s/GB'), ('peak_rss_mb', 'peak RSS MB'),
    ('first_ping_ms', 'first ping ms')]
LINKED = [
    ('tcp_mbit', 'TCP Mbit/s'), ('rtt_loaded_p50_ms', 'RTT under load p50 ms'), ('rtt_loaded_p95_ms', 'p95 ms'),
    ('rtt_loaded_p99_ms', 'p99 ms'),
    ('ping_loss_percent', 'ping loss %'), ('retransmits', 'retransmits'), ('peak_rss_mb', 'peak RSS MB'),
    ('first_ping_ms', 'first ping ms')]
# Okabe and Ito's colours, which the colour-blind can tell apart.
COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#7f7f7f']


# ---- What a run left behind ----

def iperf(folder, name):
    """The end of an iperf3 test; ValueError, with iperf3's own words, where it failed."""
    with open(os.path.join(folder, name), encoding='utf-8') as file:
        text = file.read()
    try:
        result = json.loads(text)
    except ValueError:
        raise ValueError(f'{name}: iperf3 did not finish') from None
    if 'error' in result:
        raise ValueError(f'{name}: {result["error"]}')
    return result['end']


def udp(end):
    """Bits per second that arrived, and the loss in percent."""
    total = end['sum']
    loss = total['lost_percent']
    return total['bits_per_second'] * (1 - loss / 100), loss


def pings(folder, name):
    """The round-trip times in ms, and how many were sent."""
    with open(os.path.join(folder, name), encoding='utf-8') as file:
        text = file.read()
    sent = re.search(r'(\d+) packets transmitted', text)
    times = [float(time) for time in re.findall(r'time=([\d.]+)', text)]
    if not sent or not times:
        raise ValueError(f'{name}: no ping was answered')
    return times, int(sent.group(1))


def percentile(values, percent):
    """By nearest rank: the least value that so many percent of them do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def facts(folder):
    with open(os.path.join(folder, 'facts'), encoding='utf-8') as file:
        return {key: float(value) for key, value in (line.strip().split('=') for line in file)}


def record(peer, folder):
    known = facts(folder)
    figures = {'peer': peer, 'first_ping_ms': known['first_ping_ms'],
               'peak_rss_mb': known['peak_rss_kib'] / 1024 or None}
    if os.path.exists(os.path.join(folder, 'ping-loaded.txt')):
        times, sent = pings(folder, 'ping-loaded.txt')
        end = iperf(folder, 'tcp.json')
        figures.update(
            tcp_mbit=end['sum_received']['bits_per_second'] / 1e6, retransmits=end['sum_sent'].get('retransmits'),
            rtt_loaded_p50_ms=percentile(times, 50), rtt_loaded_p95_ms=percentile(times, 95),
            rtt_loaded_p99_ms=percentile(times, 99),
            ping_loss_percent=100 * (sent - len(times)) / sent, rtt_loaded_ms=times)
        return figures
    cold, cold_sent = pings(folder, 'ping-cold.txt')
    warm, warm_sent = pings(folder, 'ping-warm.txt')
    one = iperf(folder, 'tcp.json')['sum_received']
    probes = [udp(iperf(folder, name)) for name in os.listdir(folder) if name.startswith('udp-probe-')]
    figures.update(
        tcp_gbit=one['bits_per_second'] / 1e9,
        tcp_4_gbit=iperf(folder, 'tcp-4.json')['sum_received']['bits_per_second'] / 1e9,
        tcp_reverse_gbit=iperf(folder, 'tcp-reverse.json')['sum_received']['bits_per_second'] / 1e9,
        rtt_p50_ms=percentile(warm, 50), rtt_p99_ms=percentile(warm, 99), cold_p99_ms=percentile(cold, 99),
        ping_loss_percent=100 * (1 - (len(cold) + len(warm)) / (cold_sent + warm_sent)),
        udp_1g_loss_percent=udp(iperf(folder, 'udp-1000.json'))[1],
        udp_most_gbit=max((rate for rate, loss in probes if loss < 1), default=0) / 1e9,
        cpu_s_per_gb=known['ticks'] / known['ticks_per_second'] / (one['bytes'] / 1e9) or None,
        rtt_warm_ms=warm, rtt_cold_ms=cold)
    return figures


def about(root, command):
    def says(*words):
        try:
            return subprocess.run(words, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
        except (OSError, subprocess.SubprocessError):
            return ''
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        model = re.search(r'model name\s*: (.*)', file.read())
    commit = says('git', '-C', root, 'rev-parse', '--short', 'HEAD')
    if says('git', '-C', root, 'status', '--porcelain', '--untracked-files=no'):
        commit += ' with changes'
    return {'about': {
        'command': command, 'date': datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%d %H:%M UTC'),
        'machine': f'{os.cpu_count()} cores of {model.group(1) if model else platform.machine()}',
        'kernel': f'Linux {platform.release()}', 'commit': commit}}


# ---- The table ----

def read(files):
    """What is known about the runs, and the runs of each peer in the order in which they came first."""
    known, runs = [], {}
    for name in files:
        with open(name, encoding='utf-8') as file:
            for line in file:
                entry = json.loads(line)
                if 'about' in entry:
                    known.append(entry['about'])
                else:
                    runs.setdefault(entry['peer'], []).append(entry)
    return known, runs


def good(runs):
    return [run for run in runs if 'failed' not in run]


def medians(runs, columns):
    result = {}
    for key, _ in columns:
        values = [run[key] for run in good(runs) if run.get(key) is not None]
        if values:
            result[key] = statistics.median(values)
    return result


def number(value):
    """Three significant digits."""
    if value is None:
        return '-'
    if value == 0:
        return '0'
    return f'{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}'


def table(runs, columns):
    first = next(iter(runs))
    middle = {peer: medians(of, columns) for peer, of in runs.items()}
    rows = ['| | ' + ' | '.join(heading for _, heading in columns) + ' | runs |', '|---|' + '---|' * (len(columns) + 1)]
    for peer, of in runs.items():
        cells = ' | '.join(number(middle[peer].get(key)) for key, _ in columns)
        rows.append(f'| {peer} | {cells} | {len(good(of))}/{len(of)} |')
    ratios = []
    for peer in list(runs)[1:]:
        cells = []
        for key, _ in columns:
            ours, theirs = middle[first].get(key), middle[peer].get(key)
            cells.append(f'{ours / theirs:.2f}' if ours is not None and theirs else '-')
        if good(runs[peer]) and good(runs[first]):
            ratios.append(f'| {first} / {peer} | ' + ' | '.join(cells) + ' |')
    if ratios:
        rows += ['', 'Ratios of these medians:', '', '| | ' + ' | '.join(heading for _, heading in columns) + ' |',
                 '|---|' + '---|' * len(columns)] + ratios
    return '\n'.join(rows)


# ---- The plots ----

class Plot:
    """An SVG that is put together by hand."""

    def __init__(self, width, height):
        self.width, self.height, self.parts = width, height, []

    def add(self, element, text=None, **attributes):
        words = ' '.join(f'{key.replace("_", "-")}="{value:.1f}"' if isinstance(value, float) else
                         f'{key.replace("_", "-")}="{escape(str(value))}"' for key, value in attributes.items())
        self.parts.append(f'<{element} {words}/>' if text is None else f'<{element} {words}>{escape(text)}</{element}>')

    def line(self, x1, y1, x2, y2, colour='#ccc', width=1):
        self.add('line', x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), stroke=colour, stroke_width=width)

    def text(self, x, y, text, anchor='start', size=12, colour='#222'):
        self.add('text', text, x=float(x), y=float(y), text_anchor=anchor, font_size=size, fill=colour)

    def write(self, name):
        with open(name, 'w', encoding='utf-8') as file:
            file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
                       f'viewBox="0 0 {self.width} {self.height}" font-family="sans-serif">\n'
                       f'<rect width="100%" height="100%" fill="#fff"/>\n' + '\n'.join(self.parts) + '\n</svg>\n')


def escape(text):
    return text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;').replace('"', '&quot;')


def steps(most):
    """Round marks from 0 to beyond the largest value: 1, 2 or 5 times a power of ten apart, at most six of them."""
    step = next(s for s in (m * 10 ** e for e in range(-3, 7) for m in (1, 2, 5)) if most / s <= 6)
    return [step * i for i in range(math.ceil(most / step) + 1)]


def throughput_plot(runs, panels, unit, title, name):
    """A panel for each measure, a bar for each peer: the median, a line from the least to the most, a dot for each run."""
    panels = [(key, heading) for key, heading in panels if any(run.get(key) for of in runs.values() for run in good(of))]
    marks = steps(max((run[key] or 0 for key, _ in panels for of in runs.values() for run in good(of)), default=1) or 1)
    left, wide, bar = 190, 560, 20
    tall = len(runs) * bar + 46
    plot = Plot(left + wide + 70, 50 + len(panels) * tall + 34)
    plot.text(14, 26, title, size=15)
    for i, (key, heading) in enumerate(panels):
        top = 50 + i * tall
        bottom = top + 16 + len(runs) * bar
        plot.text(left, top + 8, heading, size=13)
        for mark in marks:
            x = left + wide * mark / marks[-1]
            plot.line(x, top + 14, x, bottom)
            plot.text(x, bottom + 14, f'{mark:g}', 'middle', 11, '#555')
        for j, (peer, of) in enumerate(runs.items()):
            y = top + 18 + j * bar
            values = [run[key] for run in good(of) if run.get(key) is not None]
            plot.text(left - 8, y + 12, peer, 'end')
            if not values:
                plot.text(left + 4, y + 12, 'failed', colour='#a00')
                continue
            scale = wide / marks[-1]
            middle = statistics.median(values)
            plot.add('rect', x=float(left), y=float(y), width=middle * scale, height=15, fill=COLOURS[j % len(COLOURS)],
                     fill_opacity='0.75')
            plot.line(left + min(values) * scale, y + 7.5, left + max(values) * scale, y + 7.5, '#222', 1.5)
            for value in values:
                plot.add('circle', cx=left + value * scale, cy=y + 7.5, r=2.5, fill='#fff', stroke='#222')
            plot.text(left + max(values) * scale + 7, y + 12, number(middle), size=11)
    plot.text(left + wide, plot.height - 12, f'{unit}; bar: median, dots: runs', 'end', 11, '#555')
    plot.write(name)


def rtt_plot(runs, panels, title, name):
    """A panel for each phase, a curve for each peer: how many of all its pings were answered within so many ms."""
    panels = [(key, heading) for key, heading in panels if any(run.get(key) for of in runs.values() for run in good(of))]
    everything = [time for key, _ in panels for of in runs.values() for run in good(of) for time in run.get(key) or []]
    if not everything:
        return False
    low = math.log10(max(min(everything), 0.001))
    high = max(math.log10(max(everything)), low + 0.1)
    left, wide, tall = 60, 420, 300
    plot = Plot(left + len(panels) * (wide + 50), 60 + tall + 60 + 18 * len(runs))
    plot.text(14, 26, title, size=15)
    for i, (key, heading) in enumerate(panels):
        at, top = left + i * (wide + 50), 60
        across = lambda time: at + wide * (math.log10(max(time, 0.001)) - low) / (high - low)
        plot.text(at, top - 8, heading, size=13)
        for percent in (0, 25, 50, 75, 90, 99):
            y = top + tall * (1 - percent / 100)
            plot.line(at, y, at + wide, y)
            plot.text(at - 6, y + 4, f'{percent} %', 'end', 11, '#555')
        for mark in (m * 10 ** e for e in range(-3, 5) for m in (1, 2, 5)):
            if low <= math.log10(mark) <= high:
                plot.line(across(mark), top, across(mark), top + tall)
                plot.text(across(mark), top + tall + 16, f'{mark:g}', 'middle', 11, '#555')
        for j, of in enumerate(runs.values()):
            times = sorted(time for run in good(of) for time in run.get(key) or [])
            points, height = [], top + tall
            for k, time in enumerate(times, 1):
                points.append(f'{across(time):.1f},{height:.1f}')
                height = top + tall * (1 - k / len(times))
                points.append(f'{across(time):.1f},{height:.1f}')
            if points:
                plot.add('polyline', points=' '.join(points), fill='none', stroke=COLOURS[j % len(COLOURS)],
                         stroke_width=2, stroke_dasharray='none' if j < len(COLOURS) else '5 3')
    plot.text(left + wide, 60 + tall + 34, 'RTT in ms, logarithmic; pings of all runs together', 'end', 11, '#555')
    for j, peer in enumerate(runs):
        y = 60 + tall + 50 + 18 * j
        plot.line(left, y - 4, left + 26, y - 4, COLOURS[j % len(COLOURS)], 3)
        plot.text(left + 34, y, peer)
    plot.write(name)
    return True


def report(files):
    known, runs = read(files)
    if not runs:
        sys.exit('there are no runs in ' + ' '.join(files))
    linked = any('tcp_mbit' in run for of in runs.values() for run in of)
    stem = re.sub(r'\.jsonl$', '', files[0])
    for entry in known:
        print('{date}, {machine}, {kernel}, commit {commit}: `{command}`'.format(**entry))
    print('\n' + table(runs, LINKED if linked else BASIC) + '\n')
    plots = [stem + '-throughput.svg', stem + '-rtt.svg']
    if linked:
        throughput_plot(runs, [('tcp_mbit', 'TCP, one stream')], 'Mbit/s', 'Throughput', plots[0])
        drawn = rtt_plot(runs, [('rtt_loaded_ms', 'under load')], 'Round-trip time', plots[1])
    else:
        throughput_plot(runs, [
            ('tcp_gbit', 'TCP, one stream'), ('tcp_4_gbit', 'TCP, four streams'), ('tcp_reverse_gbit', 'TCP, reverse'),
            ('udp_most_gbit', 'UDP, highest rate with less than 1 % of loss')], 'Gbit/s', 'Throughput', plots[0])
        drawn = rtt_plot(runs, [('rtt_cold_ms', 'after the start'), ('rtt_warm_ms', 'after load')],
                         'Round-trip time, on an idle tunnel', plots[1])
    print('Runs: ' + ' '.join(files) + '; plots: ' + ' '.join(plots if drawn else plots[:1]))


def main(arguments):
    match arguments:
        case ['about', root, command]:
            print(json.dumps(about(root, command)))
        case ['record', peer, folder]:
            try:
                print(json.dumps(record(peer, folder)))
            except (ValueError, KeyError, OSError) as error:
                print(str(error) if not isinstance(error, KeyError) else f'there is no {error} in the output')
                return 1
        case ['failure', peer, reason]:
            print(json.dumps({'peer': peer, 'failed': reason}))
        case ['lossless', name]:
            try:
                return 0 if udp(iperf(*os.path.split(name)))[1] < 1 else 1
            except (ValueError, KeyError, OSError):
                return 1
        case ['report', *files] if files:
            report(files)
        case _:
            sys.exit(__doc__)
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
