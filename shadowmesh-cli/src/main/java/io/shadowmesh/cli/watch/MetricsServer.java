package io.shadowmesh.cli.watch;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * Answers {@code GET /metrics}, and nothing else, in the format that the client asks for: OpenMetrics 1.0, or the text
 * format of Prometheus before it where the client likes that better.
 *
 * <p><b>Threading:</b> two threads answer; a client that is slow is given up after some seconds.
 */
final class MetricsServer implements AutoCloseable
{
    static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    static final String PLAIN = "text/plain; version=0.0.4; charset=utf-8";

    private static final String PATH = "/metrics";
    private static final int BACKLOG = 16;
    private static final int THREADS = 2;
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int NOT_ALLOWED = 405;
    private static final int BROKEN = 500;

    private final HttpServer server;
    private final ExecutorService threads;
    private final Supplier<MetricFamilies> metrics;

    private MetricsServer(final HttpServer server, final ExecutorService threads, final Supplier<MetricFamilies> metrics)
    {
        this.server = server;
        this.threads = threads;
        this.metrics = metrics;
    }

    static MetricsServer start(final InetSocketAddress address, final Supplier<MetricFamilies> metrics) throws IOException
    {
        // Seconds, which the server reads when it is first made.
        System.setProperty("sun.net.httpserver.maxReqTime", "5");
        System.setProperty("sun.net.httpserver.maxRspTime", "10");
        final HttpServer server = HttpServer.create(address, BACKLOG);
        final ExecutorService threads = Executors.newFixedThreadPool(THREADS, task ->
        {
            final Thread thread = new Thread(task, "metrics");
            thread.setDaemon(true);
            return thread;
        });
        final MetricsServer made = new MetricsServer(server, threads, metrics);
        server.setExecutor(threads);
        server.createContext("/", made::answer);
        server.start();
        return made;
    }

    InetSocketAddress address()
    {
        return server.getAddress();
    }

    /** True where the client likes the older format better. Source: RFC 9110, section 12.5.1. */
    static boolean prefersPlain(final String accept)
    {
        double plain = 0;
        double open = 0;
        double any = 0;
        for (final String range : (accept == null ? "*/*" : accept).split(","))
        {
            final String[] parts = range.trim().split(";");
            final double weight = weight(parts);
            switch (parts[0].trim())
            {
                case "application/openmetrics-text" -> open = Math.max(open, weight);
                case "text/plain", "text/*" -> plain = Math.max(plain, weight);
                case "*/*" -> any = Math.max(any, weight);
                default ->
                {
                }
            }
        }
        return plain > (open > 0 ? open : any);
    }

    @Override
    public void close()
    {
        server.stop(0);
        threads.shutdownNow();
    }

    private static double weight(final String... parts)
    {
        for (int i = 1; i < parts.length; i++)
        {
            final String part = parts[i].trim();
            if (part.startsWith("q="))
            {
                try
                {
                    return Double.parseDouble(part.substring(2));
                }
                catch (final NumberFormatException e)
                {
                    return 0;
                }
            }
        }
        return 1;
    }

    private void answer(final HttpExchange exchange) throws IOException
    {
        try (exchange)
        {
            if (!PATH.equals(exchange.getRequestURI().getPath()))
            {
                send(exchange, NOT_FOUND, PLAIN, "not here: " + PATH + "\n");
                return;
            }
            final String method = exchange.getRequestMethod();
            if (!"GET".equals(method) && !"HEAD".equals(method))
            {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                send(exchange, NOT_ALLOWED, PLAIN, "only GET\n");
                return;
            }
            final boolean plain = prefersPlain(exchange.getRequestHeaders().getFirst("Accept"));
            String page;
            try
            {
                page = metrics.get().page(!plain);
            }
            catch (final RuntimeException e)
            {
                send(exchange, BROKEN, PLAIN, e + "\n");
                return;
            }
            send(exchange, OK, plain ? PLAIN : OPEN_METRICS, page);
        }
    }

    private static void send(final HttpExchange exchange, final int status, final String type, final String text)
        throws IOException
    {
        final byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        if ("HEAD".equals(exchange.getRequestMethod()))
        {
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}
