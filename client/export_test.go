package client

// Queued is how many operations wait to be sent.
func (c *Client) Queued() int {
	c.queue.mu.Lock()
	defer c.queue.mu.Unlock()
	return len(c.queue.mu.ops) - c.queue.mu.head
}
